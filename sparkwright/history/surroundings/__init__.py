"""What lies around an event log: driver and executor logs, exit codes, and what the cluster manager says of the end.

One module per place it may lie in, each a :class:`~sparkwright.history.surroundings.findings.Platform`. A source that
is missing, down or broken lowers confidence and stops nothing.
"""
