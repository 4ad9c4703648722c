"""Workloads: each file is a script for spark-submit, and its ``run(spark, data, *arguments)`` works in any session."""
