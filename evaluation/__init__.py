"""Scores, promotion, the lab and the benchmarks."""
