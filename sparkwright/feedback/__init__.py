"""Outcomes of decisions: joined and judged."""
