"""Policies in plain language: what was said, as the schema has it, and what has to be asked back."""
