"""A real Spark cluster on one machine, real workloads, real failures with known causes."""
