"""Rows to what a model sees: workload identity, windows, scaling."""
