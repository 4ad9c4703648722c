"""The context of an event log: driver and executor logs, exit codes, and the cluster manager's final status.

One module per place, each a :class:`~sparkwright.history.context.findings.Platform`. A place that is missing, down
or broken lowers confidence and never fails the run.
"""
