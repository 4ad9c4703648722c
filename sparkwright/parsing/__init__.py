"""Read JSON and YAML of others strictly: one meaning, every value once, and the line of a fault."""
