"""Scoring, promotion, the lab and benchmarks."""
