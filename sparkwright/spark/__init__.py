"""Spark's own vocabulary: allocations, workloads, command lines. Standard library only."""
