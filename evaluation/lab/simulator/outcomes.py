"""The outcomes of all attempts of one workload: the fitted responses, with its own deviation and noise.

Shapes: R scheduled runs, A attempts, K coefficients.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_contracts.properties.spark import MIB
from evaluation.lab.simulator.calendar import Calendar, draw_calendar
from evaluation.lab.simulator.fit import features_of
from evaluation.lab.simulator.forms import FORMS, log_shortage, pool_mib, situations
from evaluation.lab.simulator.lab_runs import Doubles
from evaluation.lab.simulator.need import NEED, need_mib
from evaluation.lab.simulator.responses import Responses
from evaluation.lab.simulator.settings import FleetSettings
from evaluation.lab.simulator.shapes import Shape
from evaluation.lab.simulator.users import (
    DIED,
    Attempts,
    Submission,
    attempts,
    draw_heap_mib,
    draw_submission,
    split_further,
)
from sparkwright.spark.allocation import overhead_bytes

_MAX_HEAP_SHARE, _MIN_HEAP_SHARE = 0.97, 0.05
_DEAD_HEAP_SPREAD = 0.2
_LAB_CORES = 2
_MAX_GC_RATIO = 0.85
_MAX_RSS_SHARE = 0.94
"""Of what YARN allows: containers that outgrow their limit are not simulated, for the lab's cluster enforces none."""
_MAX_SKEW = 12.0

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WorkloadRuns:
    """One simulated workload and what its attempts do if they complete.

    Attributes:
        number: Number of the workload in its fleet.
        like: Lab workload that it imitates.
        totals: Totals of a whole run, by column of ``runs`` ``[A]``.
        peaks: Peaks of the fullest executor, by column ``[A]``; process memory in its parts.
        executors: Executors that work ``[A]``.
        skew: Longest over usual task ``[A]``.
        idle_ms: Time in which no task runs ``[A]``.
        done_ratio: Share of the fatal stage's other tasks that succeed before an attempt fails ``[A]``.
        loses_executors: Whether a death takes its executor along.
        usual_need_mib: The heap at which half the attempts die ``[A]``.
        retry_delay_s: Pause before an attempt that follows a failed one ``[A]``.
    """

    number: int
    like: str
    shape: Shape
    submission: Submission
    calendar: Calendar
    attempts: Attempts
    totals: dict[str, Whole]
    peaks: dict[str, Whole]
    executors: Whole
    skew: Doubles
    idle_ms: Whole
    done_ratio: Doubles
    loses_executors: bool
    usual_need_mib: Doubles
    retry_delay_s: Doubles


@dataclass(frozen=True, slots=True)
class Drawn:
    """A workload before any of its runs: what it is and how it responds.

    Attributes:
        need_mib: The heap at which half the tries of each scheduled run die ``[R]``.
        first_heap_mib: What its user sets at first.
        dice: The workload's random generator, after everything above was drawn from it.
    """

    number: int
    like: str
    answers: "_Answers"
    calendar: Calendar
    submission: Submission
    need_mib: Doubles
    first_heap_mib: float
    dice: np.random.Generator


def draw_workload(settings: FleetSettings, responses: Responses, number: int) -> Drawn:
    """Draw the workload with this number, independently of all others."""
    dice = np.random.default_rng([settings.seed, 0, number])
    like = responses.workloads[dice.integers(len(responses.workloads))]
    answers = _Answers(responses, like, settings.workload_spread, dice)
    calendar = draw_calendar(settings, dice)
    submission = draw_submission(settings, _usual(calendar.input_mib, settings.input_median_mib), dice)
    submission = split_further(settings, submission, _usual(answers.need_mib(calendar, submission), 0))
    run_need = answers.need_mib(calendar, submission)
    heap_mib = draw_heap_mib(settings, submission.user, _usual(run_need, 1024), dice)
    return Drawn(number, like, answers, calendar, submission, run_need, heap_mib, dice)


def run_workload(settings: FleetSettings, responses: Responses, number: int) -> WorkloadRuns:
    """Run every attempt of a workload, as its user configures and repeats them."""
    drawn = draw_workload(settings, responses, number)
    tried = attempts(settings, drawn.submission, drawn.first_heap_mib, drawn.need_mib, responses.need.noise, drawn.dice)
    return outcomes_of(drawn, tried, responses, drawn.dice)


def outcomes_of(drawn: Drawn, tried: Attempts, responses: Responses, dice: np.random.Generator) -> WorkloadRuns:
    """Return the outcomes of given attempts, whoever chose their heaps.

    Args:
        drawn: The workload.
        tried: Attempts ``[A]``, each with its heap and its ending.
        responses: Responses of the lab's workloads.
        dice: Generator of the noise.
    """
    submission, run_need = drawn.submission, drawn.need_mib
    input_mib, work_factor = drawn.calendar.input_mib[tried.run], drawn.calendar.work_factor[tried.run]
    executors = _executors(submission, input_mib)
    situation = situations(
        input_mib=input_mib,
        heap_mib=tried.heap_mib,
        concurrent_tasks=np.full(len(input_mib), float(submission.cores)),
        executors=executors.astype(float),
        needed_mib=run_need[tried.run],
    )
    # Unlike on the lab's machine, more tasks than cores do not slow each other down in a fleet.
    situation["log_slots"] = np.full(len(input_mib), np.log(_LAB_CORES))
    said = drawn.answers.all(situation, dice)
    died = tried.ending == DIED
    loses_executors = bool(dice.random() < responses.lost_executor_share)
    dead_share = responses.died_heap_ratio * np.exp(dice.normal(0, _DEAD_HEAP_SPREAD, len(input_mib)))
    said["heap_peak_ratio"] = np.where(died, dead_share, said["heap_peak_ratio"])
    peaks = _peaks(said, tried.heap_mib)
    return WorkloadRuns(
        number=drawn.number,
        like=drawn.like,
        shape=responses.shapes[drawn.like],
        submission=submission,
        calendar=drawn.calendar,
        attempts=tried,
        totals=_totals(said, input_mib, work_factor, tried.heap_mib, died, responses),
        peaks=peaks,
        executors=executors,
        skew=np.minimum(1 + said["task_skew_excess"], _MAX_SKEW),
        idle_ms=np.maximum(1500, said["idle_ms"]).astype(np.int64),
        done_ratio=dice.uniform(0.1, 0.95, len(input_mib)),
        loses_executors=loses_executors,
        usual_need_mib=run_need[tried.run],
        retry_delay_s=dice.uniform(60, 600, len(input_mib)),
    )


def _usual(values: Doubles, without_runs: float) -> float:
    """Return what people saw when they chose the settings: the first runs."""
    return float(np.median(values[:20])) if len(values) else without_runs


class _Answers:
    """The responses of one workload: those of a lab workload, each slightly perturbed."""

    def __init__(self, responses: Responses, like: str, spread: float, dice: np.random.Generator) -> None:
        self._responses = responses
        self._like = like
        self._need = responses.need.of(like)
        self._need[: NEED.intercept_count] += dice.normal(0, spread)
        self._own = {}
        for name, form in FORMS.items():
            own = responses.responses[name].of(like)
            own[: form.intercept_count] += dice.normal(0, spread)
            self._own[name] = own

    def need_mib(self, calendar: Calendar, submission: Submission) -> Doubles:
        """Return the heap at which half of the tries of each scheduled run die ``[R]``."""
        count = len(calendar.input_mib)
        situation = situations(
            input_mib=calendar.input_mib,
            heap_mib=np.ones(count),
            concurrent_tasks=np.full(count, float(submission.cores)),
            executors=_executors(submission, calendar.input_mib).astype(float),
            needed_mib=np.ones(count),
        )
        return need_mib(np.tile(self._need, (count, 1)), *features_of(NEED, situation)) * calendar.need_factor

    def all(self, situation: dict[str, Doubles], dice: np.random.Generator) -> dict[str, Doubles]:
        """Return every response by name ``[A]``; 0 for what the workload never shows."""
        count = len(situation["input_mib"])
        said: dict[str, Doubles] = {}
        for name, form in FORMS.items():
            noise = dice.normal(0, self._responses.responses[name].noise, count)
            if form.size == "heap_peak_mib":
                situation = situation | {"heap_peak_mib": said["heap_peak_ratio"] * situation["heap_mib"]}
            if name == "spill_ratio":
                shortage = log_shortage(said["unified_mib"], situation["heap_mib"])
                situation = situation | {"log_shortage": shortage}
            eta = form.eta(np.tile(self._own[name], (count, 1)), *features_of(form, situation))
            said[name] = form.unlinked(eta + noise)
            if form.optional and self._lacks(name):
                said[name] = np.zeros(count)
        return said

    def _lacks(self, name: str) -> bool:
        absent = self._responses.responses[name].absent
        if name == "spill_ratio":  # nobody is short of memory most of the time: what sorts and aggregates can spill
            absent = self._responses.responses["peak_execution_memory_bytes"].absent
        return self._like in absent


def _executors(submission: Submission, input_mib: Doubles) -> Whole:
    """Return the working executors: with dynamic allocation as many as there are tasks for, else those requested."""
    if not submission.dynamic:
        return np.full(len(input_mib), submission.executors)
    tasks = np.ceil(input_mib / 64)
    return np.clip(np.ceil(tasks / submission.cores), 1, submission.executors).astype(np.int64)


def _totals(
    said: dict[str, Doubles],
    input_mib: Doubles,
    work_factor: Doubles,
    heap_mib: Doubles,
    died: npt.NDArray[np.bool_],
    responses: Responses,
) -> dict[str, Whole]:
    run_ms = np.maximum(200, said["executor_run_time_ms"] * work_factor)
    gc_ratio = np.minimum(
        _MAX_GC_RATIO, np.where(died, np.maximum(said["gc_ratio"], responses.died_gc_ratio), said["gc_ratio"])
    )
    spills = said["unified_mib"] > pool_mib(heap_mib)
    memory_spilled = said["spill_ratio"] * said["shuffle_write_bytes"] * spills
    totals = {
        "executor_run_time_ms": run_ms,
        "jvm_gc_time_ms": run_ms * gc_ratio,
        "executor_cpu_time_ns": run_ms * (1 - gc_ratio) * said["cpu_ratio"] * 1e6,
        "input_bytes": input_mib * MIB,
        "input_record_count": said["input_record_count"],
        "shuffle_write_bytes": said["shuffle_write_bytes"],
        "shuffle_read_bytes": said["shuffle_write_bytes"],
        "output_bytes": said["output_bytes"],
        "memory_spilled_bytes": memory_spilled,
        "disk_spilled_bytes": memory_spilled * responses.spill_to_disk,
    }
    return {name: values.astype(np.int64) for name, values in totals.items()}


def _peaks(said: dict[str, Doubles], heap_mib: Doubles) -> dict[str, Whole]:
    heap = np.clip(said["heap_peak_ratio"], _MIN_HEAP_SHARE, _MAX_HEAP_SHARE) * heap_mib
    unified = np.minimum(np.minimum(said["unified_mib"], pool_mib(heap_mib)), heap)
    overhead = [overhead_bytes({}, "yarn", int(size_mib) * MIB) / MIB for size_mib in heap_mib]
    limit_mib = heap_mib + np.array(overhead)
    beside = said["non_heap_rss_mib"] + said["python_rss_mib"]
    fits = np.minimum(1, np.maximum(0, _MAX_RSS_SHARE * limit_mib - heap) / np.maximum(beside, 1))
    peaks = {
        "peak_jvm_heap_bytes": heap * MIB,
        "peak_jvm_offheap_bytes": said["peak_jvm_offheap_bytes"],
        "peak_unified_memory_bytes": unified * MIB,
        "peak_storage_memory_bytes": unified * said["storage_ratio"] * MIB,
        "peak_direct_memory_bytes": said["peak_direct_memory_bytes"],
        "major_gc_count": said["major_gc_count"],
        "jvm_rss_bytes": (heap + said["non_heap_rss_mib"] * fits) * MIB,
        "peak_python_rss_bytes": said["python_rss_mib"] * fits * MIB,
        "peak_execution_memory_bytes": np.minimum(said["peak_execution_memory_bytes"], unified * MIB),
    }
    return {name: values.astype(np.int64) for name, values in peaks.items()}
