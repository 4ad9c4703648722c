"""Measure whether configuration advice pays off: run workloads alternately with Spark's and the advised settings."""
