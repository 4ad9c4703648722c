"""Advice that was not applied, held against the runs as they went."""
