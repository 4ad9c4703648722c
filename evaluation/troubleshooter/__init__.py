"""Score troubleshooters on failures that strangers reported in public."""
