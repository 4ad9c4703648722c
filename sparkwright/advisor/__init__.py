"""Advice as a plain object: what is asked and answered by the service, the command line and the report alike."""
