"""Troubleshooters scored on failures that strangers wrote down in public."""
