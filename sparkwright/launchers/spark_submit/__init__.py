"""``spark-submit`` with advice, started in its place: streams, signals and the exit code are spark-submit's own."""
