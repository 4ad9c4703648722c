"""What a person says that a job needs, read from plain language."""
