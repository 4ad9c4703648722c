"""Faults that really happen: each file is a script for spark-submit whose first argument names the variant."""
