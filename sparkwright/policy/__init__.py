"""Bounds on allocations for a queue, team or time window."""
