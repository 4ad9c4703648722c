"""A real Spark cluster on one machine, real workloads, real failures with known causes.

A campaign (``campaigns/*.yaml``) names histories of :mod:`workloads <evaluation.lab.workloads>` and variants of the
fault :mod:`catalogue <evaluation.lab.catalogue>`. ``sparkwright lab run`` turns it into a folder::

    eventlogs/eventlog_v2_<app_id>/   what Spark wrote: rolling, zstd, with stage and process-tree metrics
    drivers/<launch_id>.log, .exit    what the driver printed, and its exit code
    drivers/<launch_id>.diagnostics   what a part of the lab did in a cluster's role, if any did
    executors/<app_id>/<n>/stderr     what executors wrote
    truth/<launch_id>.json            what really happened, verified from the logs above
    manifest.json                     every launch that has run, including those whose logs do not show what was meant

Two more folders look the same: that of the memory oracle (:mod:`evaluation.lab.oracle`), which decides after each run
what to run next, and that of the response surface (:mod:`evaluation.lab.surface`).

A launch enters the folder as a whole, its truth last; a stopped campaign resumes where it was. Workloads and variants
belong to one split each; those of the test split are listed in ``sparkwright/held_out.yaml``, and learning from them is
refused.
"""
