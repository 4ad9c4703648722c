"""Weeks of a fleet that never ran, answering to its inputs and allocations as the lab's real runs did.

``sparkwright lab fit`` fits the responses to real runs of a lake (``origin = lab``) and keeps them in
``responses.json``, with the error of each on runs and on workloads that were left out. ``sparkwright lab simulate``
draws a fleet (``fleet.yaml``) and lets it run under these responses: as rows of a lake, and as event logs. Everything
it makes carries ``origin = simulated`` and the hash of its settings; what a run really needed stands in
``latent_needs``, for scoring only.

    lab_runs   real runs as arrays              calendar   when runs come, how large their inputs are
    response   one response, fitted             users      what people set, and what they do after a death
    need       the heap that is needed          outcomes   what came of every attempt, workload by workload
    fit        all of them, and their errors    schedule   stages and tasks on executors
    shapes     stages of a workload             queueing   who waits for whom
    settings   what a fleet is                  rows, spark_log   to tables, to event logs
"""
