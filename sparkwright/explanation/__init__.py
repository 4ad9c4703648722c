"""Explain a decision in plain language: what, why, what to do next; numbers and properties are the decision's own."""
