"""What to submit the next run of a workload with: decided by what its earlier runs proved, with or without a forecast.

Nothing here reads, writes or needs a model: plain values in, plain values out.
"""
