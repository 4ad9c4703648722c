"""A decision in plain language: what it is, why, and what to do next. Every number and property in it is the decision's."""
