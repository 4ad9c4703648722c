"""What became of decisions: outcomes joined and judged."""
