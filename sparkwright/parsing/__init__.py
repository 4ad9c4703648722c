"""Read untrusted JSON and YAML strictly: one meaning, every value once, and the line of a fault."""
