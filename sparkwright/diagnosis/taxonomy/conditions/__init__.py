"""The error conditions that Spark and Delta print by name, and the causes they mean."""
