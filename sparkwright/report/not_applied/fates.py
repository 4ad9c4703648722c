"""What advice would have saved that nobody submitted with, and which runs would have died: from their outcomes."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.api.not_applied import Fates, FateSum, NotApplied, WorkloadFates
from data_contracts.api.recommendation import UnappliedAdvice
from data_contracts.api.report import Prices
from data_contracts.properties.spark import GIB
from data_contracts.tables import Decision, Run
from sparkwright.allocation.fate import Fate, Fated, fate_under
from sparkwright.allocation.known_runs import KnownRuns
from sparkwright.allocation.past import COLUMNS, PastRun, past_runs
from sparkwright.lake import Lake
from sparkwright.report.tables import Sees, rows
from sparkwright.spark.allocation import Allocation, effective_allocation

_HOUR_MS = 3_600_000
_DECISION = (
    "decision_id", "workload_id", "input_bytes", "request_json", "allocation_json", "withheld_json", "shadow_json",
)  # fmt: skip
_SOURCES = ("report_only", "shadow")


@dataclass(frozen=True, slots=True)
class _Judged:
    workload_id: str
    fated: Fated
    gib_h: float
    died: bool


def not_applied(lake: Lake, applications: pa.Table, prices: Prices, *, sees: Sees | None = None) -> list[NotApplied]:
    """What was advised and not applied, by source; nothing where nothing was.

    What a run needed is judged by every run of its workload, whenever it was.

    Args:
        lake: Where decisions and runs are: decisions come there with ``sparkwright feedback``.
        applications: Those that count, with their effective properties; decisions count where their workload is among
            them.
        prices: What an hour costs.
        sees: Leaves out decisions that somebody may not see; default none.

    Raises:
        LakeError: A table cannot be read.
    """
    if not lake.exists(Decision) or not lake.exists(Run):
        return []
    decisions = lake.read(Decision, columns=_DECISION)
    told_of = pc.or_(pc.not_equal(decisions["withheld_json"], ""), pc.not_equal(decisions["shadow_json"], ""))
    ours = pc.is_in(decisions["workload_id"], applications["workload_id"].combine_chunks().unique())
    decisions = decisions.filter(pc.and_(told_of, ours))
    if sees is not None:
        asked = rows(decisions, ("request_json", "workload_id"))
        seen = [sees(json.loads(request).get("queue", ""), workload_id) for request, workload_id in asked]
        decisions = decisions.filter(pa.array(seen, pa.bool_()))
    found = {(source, version): told for source in _SOURCES for version, told in _advised(decisions, source).items()}
    if not found:
        return []
    carried = _runs_that_carried({one for told in found.values() for one in told}, lake, applications)
    known = _known_runs(lake, {one.workload_id for one in carried.values()})
    return [_judged(source, version, told, carried, known, prices) for (source, version), told in found.items()]


class _Told(NamedTuple):
    """A decision whose advice was not applied: what was asked, what was given, and what was advised."""

    advice: UnappliedAdvice
    input_bytes: int | None
    request_json: str
    allocation_json: str


def _advised(decisions: pa.Table, source: str) -> dict[str | None, dict[str, _Told]]:
    """By release in shadow, by decision: what was advised; nothing of those that nothing was advised to."""
    column = "withheld_json" if source == "report_only" else "shadow_json"
    told = decisions.filter(pc.not_equal(decisions[column], ""))
    found: dict[str | None, dict[str, _Told]] = {}
    wanted = (column, "decision_id", "input_bytes", "request_json", "allocation_json")
    for text, decision_id, *others in rows(told, wanted):
        advice = UnappliedAdvice.model_validate_json(text)
        if advice.allocation:
            version = advice.release_version if source == "shadow" else None
            found.setdefault(version, {})[decision_id] = _Told(advice, *others)
    return found


class _Carried(NamedTuple):
    workload_id: str
    run: PastRun
    properties: Mapping[str, str]


def _runs_that_carried(decision_ids: set[str], lake: Lake, applications: pa.Table) -> dict[str, _Carried]:
    """By decision, the run that carried it: of several attempts the last one that ended."""
    runs = lake.read(Run, columns=("app_id", "attempt_id", "workload_id", "decision_id", *COLUMNS))
    wanted = pc.is_in(runs["decision_id"], pa.array(sorted(decision_ids), pa.string()))
    # In the order of past_runs, which leaves out nothing then.
    in_order = [("ended_at", "ascending"), ("started_at", "ascending")]
    runs = runs.filter(pc.and_(wanted, pc.is_valid(runs["ended_at"]))).sort_by(in_order)
    properties = {
        (app_id, attempt_id): text
        for app_id, attempt_id, text in rows(applications, ("app_id", "attempt_id", "properties_json"))
    }
    found = {}
    carried = rows(runs, ("app_id", "attempt_id", "workload_id", "decision_id"))
    for (app_id, attempt_id, workload_id, decision_id), run in zip(carried, past_runs(runs), strict=True):
        text = properties.get((app_id, attempt_id))
        if text is not None:
            found[decision_id] = _Carried(workload_id, run, json.loads(text))
    return found


def _known_runs(lake: Lake, workload_ids: set[str]) -> dict[str, KnownRuns]:
    if not workload_ids:
        return {}
    runs = lake.read(Run, columns=("workload_id", *COLUMNS))
    runs = runs.filter(pc.is_in(runs["workload_id"], pa.array(sorted(workload_ids), pa.string())))
    runs = runs.sort_by("workload_id")
    known, start = {}, 0
    for name, same in groupby(runs["workload_id"].to_pylist()):
        count = sum(1 for _ in same)
        known[name] = KnownRuns.of(past_runs(runs.slice(start, count)))
        start += count
    return known


def _judged(
    source: str,
    version: str | None,
    told: Mapping[str, _Told],
    carried: Mapping[str, _Carried],
    known: Mapping[str, KnownRuns],
    prices: Prices,
) -> NotApplied:
    judged = []
    for decision_id, asked in told.items():
        if (one := carried.get(decision_id)) is None:
            continue
        had, advised = one.run.allocation, _in_place_of(one, asked)
        fated = fate_under(advised, one.run, known[one.workload_id].comparable(had.platform), asked.input_bytes)
        saved = had.reserved_bytes - advised.reserved_bytes
        gib_h = saved / GIB * (had.executor_count or 0) * one.run.duration_ms / _HOUR_MS
        judged.append(_Judged(one.workload_id, fated, gib_h, one.run.memory_verdict == "heap_oom"))
    by_workload = defaultdict(list)
    for each in judged:
        by_workload[each.workload_id].append(each)
    workloads = [WorkloadFates(workload_id=name, fates=_fates(some, prices)) for name, some in by_workload.items()]
    why = Counter(each.fated.because for each in judged if each.fated.fate == "undecidable")
    return NotApplied(
        source="shadow" if source == "shadow" else "report_only",
        release_version=version,
        decisions=len(told),
        runs=len(judged),
        fates=_fates(judged, prices),
        undecidable_because=dict(why.most_common()),
        workloads=sorted(workloads, key=lambda one: (-one.fates.ruled_out.memory_gib_h, one.workload_id)),
    )


def _in_place_of(one: _Carried, told: _Told) -> Allocation:
    """What the run would have had: executors and their number stay, whatever the advice says of them.

    More or fewer executors would have made it another run, whose length nobody knows.
    """
    had = one.run.allocation
    applied = json.loads(told.allocation_json)
    own = {name: value for name, value in one.properties.items() if name not in applied}
    asked = json.loads(told.request_json).get("properties", {})
    would = effective_allocation({**own, **asked, **told.advice.allocation}, had.platform)
    return replace(
        would,
        executor_count=had.executor_count,
        executor_cores_count=would.executor_cores_count or had.executor_cores_count,
    )


def _fates(judged: Sequence[_Judged], prices: Prices) -> Fates:
    def total(some: Iterable[_Judged]) -> FateSum:
        gib_h = [one.gib_h for one in some]
        return FateSum(runs=len(gib_h), memory_gib_h=sum(gib_h), money=sum(gib_h) * prices.memory_gib_hour)

    def of(fate: Fate) -> list[_Judged]:
        return [one for one in judged if one.fated.fate == fate]

    return Fates(
        certain=total(of("certain")),
        ruled_out=total(of("ruled_out")),
        undecidable=total(of("undecidable")),
        deaths_avoided=sum(one.died for one in of("ruled_out")),
    )
