"""What Spark writes into a log, as structs with only the fields that are read."""
