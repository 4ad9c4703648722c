"""A real Spark cluster on one machine, real workloads, real failures with known causes.

A campaign (``campaigns/*.yaml``) names histories of :mod:`workloads <evaluation.lab.workloads>` and variants of the
fault :mod:`catalogue <evaluation.lab.catalogue>`. ``sparkwright lab run`` turns it into a folder::

    eventlogs/eventlog_v2_<app_id>/   what Spark wrote: rolling, zstd, with stage and process-tree metrics
    drivers/<launch_id>.log, .exit    what the driver printed, and its exit code
    drivers/<launch_id>.diagnostics   what a part of the lab did that played a cluster's role, where one did
    executors/<app_id>/<n>/stderr     what executors wrote
    truth/<launch_id>.json            what really happened, verified from the two above
    manifest.json                     every launch that has run, also those whose logs do not show what was meant

Two more folders look the same: that of the oracle of memory (:mod:`evaluation.lab.oracle`), which decides after each
run what to run next, and that of the response surface (:mod:`evaluation.lab.surface`).

A launch enters the folder whole, its truth last; a campaign that was stopped goes on where it was. Workloads and
variants belong to one split each; those of the split test are listed in ``sparkwright/held_out.yaml``, and what would
learn from them is refused.
"""
