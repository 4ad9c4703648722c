"""Diagnoses that nobody waits for: the store of their jobs, who does them, who reads the logs."""
