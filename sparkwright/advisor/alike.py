"""Workloads of the lake that a workload nobody has seen may be: another user, another queue, a name slightly off."""

import difflib
from collections import Counter

from data_contracts.tables import Run
from sparkwright.lake import Lake

_SHOWN = 3
_CUTOFF = 0.75


def known_alike(lake: Lake, workload_id: str) -> list[tuple[str, int]]:
    """At most three workloads whose name is that of ``workload_id`` or close to it, with their numbers of runs.

    Those of the very same name come first, then those with the most runs.

    Raises:
        LakeError: The runs cannot be read.
    """
    if not lake.exists(Run):
        return []
    runs = Counter(lake.read(Run, columns=["workload_id"]).column("workload_id").to_pylist())
    by_name: dict[str, list[str]] = {}
    for known in runs:
        by_name.setdefault(_name(known), []).append(known)
    close = difflib.get_close_matches(_name(workload_id), by_name, n=_SHOWN, cutoff=_CUTOFF)
    found = [known for name in close for known in sorted(by_name[name], key=lambda known: (-runs[known], known))]
    return [(known, runs[known]) for known in found if known != workload_id][:_SHOWN]


def _name(workload_id: str) -> str:
    return workload_id.rpartition("/")[2].lower()
