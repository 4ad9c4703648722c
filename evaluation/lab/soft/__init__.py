"""Soft evidence: what the figures of a run say about the heap its workload needs, beyond whether it died.

The cases of the oracle, whose need was measured, run at fractions of their oracle heap with everything that Spark can
record. Each run is a row (:mod:`evaluation.lab.soft.table`); whether its peaks, collections and spill predict the need
is tested on left-out workloads (:mod:`evaluation.lab.soft.informative`).
"""
