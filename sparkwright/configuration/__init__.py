"""Settings beside the resources: what a workload's own plans and metrics say for them, each checked against Spark."""
