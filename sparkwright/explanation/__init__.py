"""A decision in plain language: what it is, why, what to do next. Numbers and properties in it are the decision's."""
