"""The memory oracle: the smallest executor heap that is enough for a workload, measured rather than inferred.

For each case (a workload and a size of its input) a plan (``cases.yaml``) gives a geometric grid of heaps. A bisection
of single runs finds the neighbourhood (:mod:`evaluation.lab.oracle.search`); then heaps below, at and above the edge
and a generous one run repeatedly in rounds, in an order drawn for each round, so that other load on the machine affects
all of them alike. The oracle is the smallest heap of the grid with

* at least ``repeats`` runs in such rounds and not one failure, there or at a larger heap, and
* a slow-down against the generous heap of at most ``slow_down_limit``, with 90 % confidence
  (:mod:`evaluation.lab.oracle.fit`).

Rows also hold the probability of an OOM by heap, and everything needed to question the result. It is only established
for what was measured: one executor with one core, so one task at a time; the JVM's default collector; a driver that had
run other applications before.

The runs are in a folder like a campaign's, so that ``sparkwright harvest`` can read them. Nothing else is kept: what to
run next, and the table, follow from the event logs.
"""
