"""Soft evidence: what the figures of a run tell of the heap that its workload needs, beyond that it died or lived.

The cases of the oracle, whose need was measured, run at fractions of their oracle with everything that Spark can
record. What each run left is a row (:mod:`evaluation.lab.soft.table`); whether its peaks, collections and spill say
anything of the need is asked of workloads that were left out (:mod:`evaluation.lab.soft.informative`).
"""
