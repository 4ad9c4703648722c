"""Cluster history: event logs to rows of the lake."""
