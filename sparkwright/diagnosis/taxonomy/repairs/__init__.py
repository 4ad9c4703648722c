"""Values that are computed from the properties in force and the figures in the evidence."""
