"""Failures that look alike: what a failure says, held against the taxonomy's words and cases whose cause is known."""
