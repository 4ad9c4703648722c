"""Decide what to submit the next run of a workload with, from what its earlier runs proved; a forecast is optional.

Nothing here does IO or needs a model: plain values in, plain values out.
"""
