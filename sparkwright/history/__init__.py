"""Cluster history: from event logs to rows of the lake."""
