"""All responses fitted to the real runs of a lake, and how far each is off on runs and workloads it has not seen."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from data_contracts.spark_properties import MIB
from data_contracts.tables import Application
from evaluation.lab.simulator.forms import FORMS, log_shortage, observed, situations
from evaluation.lab.simulator.lab_runs import Doubles, LabRuns, read_lab_runs
from evaluation.lab.simulator.need import NEED, Need, death_probability, fit_need, need_mib
from evaluation.lab.simulator.response import Codes, Coefficients, Form, fit_response
from evaluation.lab.simulator.responses import Errors, Response, Responses, kept
from evaluation.lab.simulator.shapes import read_shapes
from sparkwright.lake import Lake

_PARTS = 10
_ABSENT_BELOW = 0.02  # on the link scale of an amount: nothing, for all anybody can tell
_UNSEEN = -1
_USUAL_SPILL_TO_DISK, _USUAL_SPILL_RATIO = 0.25, 8.0
_CERTAIN = 0.001

_Mask = npt.NDArray[np.bool_]
_Predict = Callable[[_Mask, Codes, _Mask], Doubles]


def fit(lake: Lake, tell: Callable[[str], None] = lambda _: None) -> Responses:
    """The responses to the real runs of ``lake``.

    Args:
        lake: Runs with origin lab; others are not looked at.
        tell: Is told which response comes next.

    Raises:
        LakeError: There are no runs or no stages.
        ConfigError: None of the runs is fit.
    """
    runs = read_lab_runs(lake)
    responses = {}
    with threadpool_limits(1):  # threads that wait for each other take longer than these small matrices
        tell("needed heap")
        need, needed_mib = _fit_need(runs)
        situation = _situation(runs, needed_mib)
        for name, form in FORMS.items():
            tell(name)
            responses[name] = _fit_one(runs, situation, name, form)
            if name == "unified_mib":
                situation["log_shortage"] = log_shortage(_wanted_mib(runs, situation, responses[name]), runs.heap_mib)
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


def needed_by(responses: Responses, runs: LabRuns) -> Doubles:
    """The heap in MiB at which half of such runs die, for each real run ``[N]``."""
    coefficients = np.stack([responses.need.of(runs.names[code]) for code in runs.codes])
    return need_mib(coefficients, *features_of(NEED, _situation(runs, runs.heap_mib)))


def _wanted_mib(runs: LabRuns, situation: dict[str, Doubles], unified: Response) -> Doubles:
    """What each run would have held in Spark's own memory ``[N]``."""
    form = FORMS["unified_mib"]
    coefficients = np.stack([unified.of(runs.names[code]) for code in runs.codes])
    return form.unlinked(form.eta(coefficients, *features_of(form, situation)))


def _ratio(part: Doubles, whole: Doubles, where: _Mask, usual: float) -> float:
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
    """Sizes ``[N]`` and features ``[N, F]`` that a form asks for."""
    count = len(situation["input_mib"])
    features = [situation[name] for name, _, _ in form.features]
    size = situation[form.size] if form.size else np.ones(count)
    return size, np.stack(features, axis=1) if features else np.zeros((count, 0))


def _fit_need(runs: LabRuns) -> tuple[Response, Doubles]:
    """The needed heap as it is kept, and that of each run."""
    size, features = features_of(NEED, _situation(runs, runs.heap_mib))

    def fitted(of: _Mask) -> Need:
        return fit_need(runs.heap_mib[of], runs.died[of], size[of], features[of], runs.codes[of], len(runs.names))

    def loss(predicted: Doubles, at: _Mask) -> Doubles:
        probability = np.clip(predicted, _CERTAIN, 1 - _CERTAIN)
        return -np.log(np.where(runs.died[at], probability, 1 - probability))

    def predict(of: _Mask, codes: Codes, at: _Mask) -> Doubles:
        found = fitted(of)
        return death_probability(
            runs.heap_mib[at], need_mib(found.coefficients.of(codes), size[at], features[at]), found.spread
        )

    def usual(of: _Mask, codes: Codes, at: _Mask) -> Doubles:
        """Deaths so far, one of each kind added."""
        return np.array([(runs.died[own].sum() + 0.5) / (own.sum() + 1) for own in _peers(runs.codes, of, codes)])

    found = fitted(np.ones(len(runs.codes), bool))
    errors = _errors("nats", runs.codes, predict, usual, loss)
    needed = need_mib(found.coefficients.of(runs.codes), size, features)
    return kept(runs.names, found.coefficients, found.spread, errors, ()), needed


def _fit_one(runs: LabRuns, situation: dict[str, Doubles], name: str, form: Form) -> Response:
    values = observed(runs, name)
    usable = ~runs.died & np.isfinite(values)
    eta = form.linked(np.where(usable, np.maximum(values, 0), 1.0))
    names = np.array(runs.names)
    there = [code for code in range(len(names)) if eta[usable & (runs.codes == code)].max(initial=0) > _ABSENT_BELOW]
    if form.optional:
        usable &= np.isin(runs.codes, there)
    absent = tuple(np.delete(names, there).tolist()) if form.optional else ()
    if not usable.any():
        shared = form.start(np.array([np.log(_USUAL_SPILL_RATIO / form.unit)]), np.ones(1))
        none = Errors(scale=form.link, run_count=0, runs=0, naive_runs=0, workloads=0, naive_workloads=0)
        return kept(runs.names, Coefficients(shared, np.tile(shared, (len(names), 1))), 0.2, none, absent)
    size, features = features_of(form, situation)
    codes, eta, size, features = runs.codes[usable], eta[usable], size[usable], features[usable]

    def predict(of: _Mask, seen: Codes, at: _Mask) -> Doubles:
        found = fit_response(form, eta[of], size[of], features[of], codes[of], len(names))
        return form.eta(found.of(seen), size[at], features[at])

    def usual(of: _Mask, seen: Codes, at: _Mask) -> Doubles:
        return np.array([np.median(eta[own]) for own in _peers(codes, of, seen)])

    found = fit_response(form, eta, size, features, codes, len(names))
    errors = _errors(form.link, codes, predict, usual, lambda predicted, at: np.abs(predicted - eta[at]))
    missed = eta - form.eta(found.of(codes), size, features)
    noise = float(np.median(np.abs(missed)) * 1.4826)  # of the middle: machines stall, and that is no law
    return kept(runs.names, found, max(noise, 0.01), errors, absent)


def _peers(codes: Codes, of: _Mask, seen: Codes) -> Iterator[_Mask]:
    """For each run in question the known runs of its workload; all known ones where there are none."""
    for code in seen:
        own = of & (codes == code)
        yield own if own.any() else of


def _errors(
    scale: str,
    codes: Codes,
    predict: _Predict,
    usual: _Predict,
    loss: Callable[[Doubles, _Mask], Doubles],
) -> Errors:
    """Mean losses on what was left out: a tenth of the runs at a time, one workload at a time."""
    parts = np.random.default_rng(0).permutation(len(codes)) % _PARTS
    missed: dict[str, list[Doubles]] = {"runs": [], "naive_runs": [], "workloads": [], "naive_workloads": []}
    for groups, known, naive in ((parts, "runs", "naive_runs"), (codes, "workloads", "naive_workloads")):
        for group in np.unique(groups):
            at = groups == group
            of = ~at
            if not of.any():
                continue
            left = set(codes[of].tolist())
            seen = np.array([code if code in left else _UNSEEN for code in codes[at]])
            missed[known].append(loss(predict(of, seen, at), at))
            missed[naive].append(loss(usual(of, seen, at), at))
    means = {name: round(float(np.concatenate(found).mean()), 4) if found else 0.0 for name, found in missed.items()}
    return Errors(scale=scale, run_count=len(codes), **means)
