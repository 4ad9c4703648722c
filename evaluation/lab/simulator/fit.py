"""Fit all responses to the real runs of a lake, and measure the error of each on unseen runs and workloads."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from data_contracts.properties.spark import MIB
from data_contracts.tables import Application
from evaluation.lab.simulator.forms import FORMS, log_shortage, observed, situations
from evaluation.lab.simulator.lab_runs import Doubles, LabRuns, read_lab_runs
from evaluation.lab.simulator.left_out import LeftOut, Mask, errors_on, leave_out
from evaluation.lab.simulator.need import NEED, Need, death_probability, fit_need, need_mib
from evaluation.lab.simulator.response import Codes, Coefficients, Form, fit_response
from evaluation.lab.simulator.responses import Response, Responses, kept
from evaluation.lab.simulator.shapes import read_shapes
from sparkwright.lake import Lake

_ABSENT_BELOW = 0.02  # on the link scale of an amount: practically zero
_USUAL_SPILL_TO_DISK, _USUAL_SPILL_RATIO = 0.25, 8.0
_USUAL_NOISE = 0.2
_CERTAIN = 0.001


def fit(lake: Lake, tell: Callable[[str], None] = lambda _: None) -> Responses:
    """Fit the responses to the real runs of ``lake``.

    Args:
        lake: Lake whose runs with origin lab are used.
        tell: Called with the name of the next response.

    Raises:
        LakeError: There are no runs or no stages.
        ConfigError: None of the runs is suitable.
    """
    runs = read_lab_runs(lake)
    need, responses, situation = fit_runs(runs, leave_out(runs.codes), tell)
    spilled = ~runs.died & (runs["memory_spilled_bytes"] > 0)
    died, peaks = runs.died, observed(runs, "heap_peak_ratio")
    apps = lake.read(Application, filters=pc.field("app_id").isin(pa.array(runs.app_ids, pa.string())))
    return Responses(
        spark=max(apps["spark_version"].to_pylist()),
        fitted_on=datetime.now(UTC).date(),
        run_count=len(runs.codes),
        death_count=int(died.sum()),
        last_run_at=max(apps["started_at"].to_pylist()).isoformat(timespec="seconds"),
        support={
            name: (round(float(values.min()), 3), round(float(values.max()), 3))
            for name, values in {
                "input_per_slot_mib": situation["input_per_slot_mib"],
                "heap_mib": runs.heap_mib,
                "concurrent_tasks": runs.concurrent_tasks,
                "executors": runs["executor_count"],
            }.items()
        },
        need=need,
        responses=responses,
        spill_to_disk=_ratio(runs["disk_spilled_bytes"], runs["memory_spilled_bytes"], spilled, _USUAL_SPILL_TO_DISK),
        died_gc_ratio=_ratio(runs["jvm_gc_time_ms"], runs["executor_run_time_ms"], died, 0.2),
        died_heap_ratio=round(float(np.nanmedian(peaks[died])), 4) if died.any() else 0.6,
        lost_executor_share=round(float(np.mean(runs["lost_executor_count"][died] > 0)), 4) if died.any() else 0.5,
        shapes=read_shapes(lake, runs.app_ids),
    )


def fit_runs(
    runs: LabRuns, left_out: Sequence[LeftOut], tell: Callable[[str], None] = lambda _: None
) -> tuple[Response, dict[str, Response], dict[str, Doubles]]:
    """Return the needed heap, the other responses by name, and the runs' situation; left-out groups get their own."""
    responses = {}
    with threadpool_limits(1):  # for matrices this small, threads waiting for each other cost more than the work
        tell("needed heap")
        need, situation = _fit_need(runs, left_out)
        for name, form in FORMS.items():
            tell(name)
            responses[name], found = _fit_one(runs, situation, left_out, name, form)
            _carry_on(runs, situation, name, found, runs.codes, np.zeros(len(runs.codes), bool))
            for group in left_out:
                _carry_on(runs, group.situation, name, group.found[name], group.codes, group.at)
    return need, responses, situation


def needed_by(responses: Responses, runs: LabRuns) -> Doubles:
    """Return the heap in MiB at which half of such runs die, for each real run ``[N]``."""
    coefficients = np.stack([responses.need.of(runs.names[code]) for code in runs.codes])
    return need_mib(coefficients, *features_of(NEED, _situation(runs, runs.heap_mib)))


def _carry_on(
    runs: LabRuns, situation: dict[str, Doubles], name: str, found: Coefficients, codes: Codes, unseen: Mask
) -> None:
    """Add this response to a situation as input of other responses; peaks of unseen runs are unknown."""
    if name not in ("unified_mib", "heap_peak_ratio"):
        return
    form = FORMS[name]
    told = form.unlinked(form.eta(found.of(codes), *features_of(form, situation)))
    if name == "unified_mib":
        situation["log_shortage"] = log_shortage(told, runs.heap_mib)
    else:
        situation["heap_peak_mib"] = np.where(unseen, told * runs.heap_mib, situation["heap_peak_mib"])


def _ratio(part: Doubles, whole: Doubles, where: Mask, usual: float) -> float:
    return round(float(part[where].sum() / whole[where].sum()), 4) if where.any() else usual


def _situation(runs: LabRuns, needed_mib: Doubles) -> dict[str, Doubles]:
    return situations(
        input_mib=runs.input_mib,
        heap_mib=runs.heap_mib,
        concurrent_tasks=runs.concurrent_tasks,
        executors=runs["executor_count"],
        needed_mib=needed_mib,
        partitions=runs["shuffle_partitions_count"],
    ) | {"heap_peak_mib": np.nan_to_num(runs["peak_jvm_heap_bytes"] / MIB, nan=1.0)}


def features_of(form: Form, situation: dict[str, Doubles]) -> tuple[Doubles, Doubles]:
    """Return the sizes ``[N]`` and features ``[N, F]`` that a form needs."""
    count = len(situation["input_mib"])
    features = [situation[name] for name, _, _ in form.features]
    size = situation[form.size] if form.size else np.ones(count)
    return size, np.stack(features, axis=1) if features else np.zeros((count, 0))


def _fit_need(runs: LabRuns, left_out: Sequence[LeftOut]) -> tuple[Response, dict[str, Doubles]]:
    """Return the needed heap to keep, and the situation of the runs; each left-out group gets its own."""
    size, features = features_of(NEED, _situation(runs, runs.heap_mib))

    def fitted(of: Mask) -> Need:
        return fit_need(runs.heap_mib[of], runs.died[of], size[of], features[of], runs.codes[of], len(runs.names))

    def told(group: LeftOut) -> Doubles:
        needed_mib = need_mib(group.need.coefficients.of(group.codes), size, features)
        return death_probability(runs.heap_mib, needed_mib, group.need.spread)[group.at]

    def usual(group: LeftOut) -> Doubles:
        """Deaths so far, one of each kind added."""
        return np.array([(runs.died[own].sum() + 0.5) / (own.sum() + 1) for own in group.peers(everything)])

    def loss(predicted: Doubles, at: Mask) -> Doubles:
        probability = np.clip(predicted, _CERTAIN, 1 - _CERTAIN)
        return np.asarray(-np.log(np.where(runs.died[at], probability, 1 - probability)))

    everything = np.ones(len(runs.codes), bool)
    for group in left_out:
        group.need = fitted(~group.at)
        group.situation = _situation(runs, need_mib(group.need.coefficients.of(group.codes), size, features))
    found = fitted(everything)
    errors = errors_on("nats", everything, left_out, told, usual, loss)
    needed_mib = need_mib(found.coefficients.of(runs.codes), size, features)
    return kept(runs.names, found.coefficients, found.spread, errors, ()), _situation(runs, needed_mib)


def _fit_one(
    runs: LabRuns, situation: dict[str, Doubles], left_out: Sequence[LeftOut], name: str, form: Form
) -> tuple[Response, Coefficients]:
    """Return one response to keep, and its coefficients; each left-out group gets its own."""
    values = observed(runs, name)
    usable: Mask = ~runs.died & np.isfinite(values)
    eta = form.linked(np.where(usable, np.maximum(values, 0), 1.0))
    names = np.array(runs.names)
    there = [code for code in range(len(names)) if eta[usable & (runs.codes == code)].max(initial=0) > _ABSENT_BELOW]
    if form.optional:
        usable &= np.isin(runs.codes, there)
    absent = tuple(np.delete(names, there).tolist()) if form.optional else ()

    def fitted(of: Mask, situation: dict[str, Doubles]) -> Coefficients:
        if not of.any():
            shared = form.start(np.array([np.log(_USUAL_SPILL_RATIO / form.unit)]), np.ones(1))
            return Coefficients(shared, np.tile(shared, (len(names), 1)))
        size, features = features_of(form, situation)
        return fit_response(form, eta[of], size[of], features[of], runs.codes[of], len(names))

    def told(group: LeftOut) -> Doubles:
        return form.eta(group.found[name].of(group.codes), *features_of(form, group.situation))[usable & group.at]

    def usual(group: LeftOut) -> Doubles:
        return np.array([np.median(eta[own]) for own in group.peers(usable)])

    for group in left_out:
        group.found[name] = fitted(usable & ~group.at, group.situation)
    found = fitted(usable, situation)
    errors = errors_on(form.link, usable, left_out, told, usual, lambda predicted, at: np.abs(predicted - eta[at]))
    missed = (eta - form.eta(found.of(runs.codes), *features_of(form, situation)))[usable]
    # Robust: machines stall, which is no regularity.
    noise = max(float(np.median(np.abs(missed)) * 1.4826), 0.01) if usable.any() else _USUAL_NOISE
    return kept(runs.names, found, noise, errors, absent), found
