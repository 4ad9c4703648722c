"""The oracle of memory: the smallest executor heap that a workload can live with, measured and not inferred.

For each case (a workload and a size of its input) a plan (``cases.yaml``) gives a geometric grid of heaps. A bisection
of single runs finds the neighbourhood (:mod:`evaluation.lab.oracle.search`); then heaps below, at and above the edge
and a generous one run again and again in rounds, in an order drawn for each round, so that whatever else the machine
does meets all of them alike. The oracle is the smallest heap of the grid with

* at least ``repeats`` runs in such rounds and not one failure, there or at a larger heap, and
* a slow-down against the generous heap of at most ``slow_down_limit``, with 90 % confidence
  (:mod:`evaluation.lab.oracle.fit`).

Beside it stand the probability of an OOM over heap, and everything needed to doubt it. What is known only for a fact is
what was measured: one executor with one core, so one task at a time; the default collector of the JVM; a driver that
had run other applications before.

The runs lie in a folder like a campaign's, so that ``sparkwright harvest`` reads them. Nothing else is kept: what to
run next, and the table, follow from the event logs.
"""
