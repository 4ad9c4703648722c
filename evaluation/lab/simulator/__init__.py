"""Simulate weeks of a fleet that responds to inputs and allocations as the lab's real runs did.

``sparkwright lab fit`` fits the responses to real runs of a lake (``origin = lab``) and keeps them in
``responses.json``, with the error of each on held-out runs and workloads. ``sparkwright lab simulate`` draws a fleet
(``fleet.yaml``) and runs it under these responses, as rows of a lake and as event logs. Everything it makes carries
``origin = simulated`` and the hash of its settings; what a run really needed is in ``latent_needs``, for scoring only.

    lab_runs   real runs as arrays              calendar   when runs come, how large their inputs are
    response   one response, fitted             users      what people set, and what they do after a death
    need       the heap that is needed          outcomes   what came of every attempt, workload by workload
    fit        all of them, and their errors    schedule   stages and tasks on executors
    shapes     stages of a workload             queueing   who waits for whom
    settings   what a fleet is                  rows, spark_log   to tables, to event logs
"""
