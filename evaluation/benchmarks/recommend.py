"""What a recommendation costs the advisor: processor time, and how long one waits that is asked alone.

    python -m evaluation.benchmarks.recommend [--home DIR] [--batches 200]

Over the runs of the simulated fleet (about 100,000) and a forecaster trained on them, both made first where ``--home``
does not hold them (two minutes). HTTP and the decision log are not in it: see ``evaluation.benchmarks.serving``. One
thread.
"""

import argparse
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.fields.decision import NONE
from data_contracts.tables import Run
from evaluation.benchmarks.fleet_home import fleet_home
from sparkwright.advisor.core import ForecastRequest, prepare
from sparkwright.advisor.live import LiveAdvisor
from sparkwright.advisor.need_fold import NeedFold
from sparkwright.allocation.past import COLUMNS, past_runs_of
from sparkwright.features.growing import Asked, GrowingHistory
from sparkwright.features.stored_states import update_states
from sparkwright.features.windows import encode_candidates
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.lake import Lake
from sparkwright.lake.changes import Changes
from sparkwright.registry import models, tracking
from sparkwright.settings import Settings
from sparkwright.spark.allocation import effective_allocation

_TOGETHER, _CANDIDATES = 16, 64
_HEAPS_GIB = np.geomspace(0.5, 64, _CANDIDATES)
_VERSION = "1"
_SHOWN = ("p50, processor ms", "p99, processor ms", "p50, ms", "p99, ms")

Call: TypeAlias = Callable[[list[ForecastRequest]], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """What calls took.

    Attributes:
        each: Recommendations in a call.
        cpu_ms: Processor time of each call.
        wall_ms: The same on the clock, which runs on while others have the processor.
    """

    each: int
    cpu_ms: list[float]
    wall_ms: list[float]

    @classmethod
    def of(cls, call: Call, batches: Sequence[list[ForecastRequest]]) -> "Cost":
        """What ``call`` takes for each of the batches."""
        took = []
        for batch in batches:
            began = time.process_time(), time.perf_counter()
            call(batch)
            took.append((time.process_time() - began[0], time.perf_counter() - began[1]))
        return cls(len(batches[0]), *([1000 * seconds for seconds in column] for column in zip(*took, strict=True)))

    @property
    def recommendation_ms(self) -> float:
        """Processor time of a recommendation, in the mean."""
        return float(np.mean(self.cpu_ms)) / self.each

    @property
    def row(self) -> list[str]:
        """The figures as the table shows them."""
        quantiles = [np.quantile(values, level) for values in (self.cpu_ms, self.wall_ms) for level in (0.5, 0.99)]
        return [f"{value:.2f}" for value in (self.recommendation_ms, *quantiles)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="what a recommendation costs")
    parser.add_argument("--home", type=Path, help="installation to use, or to make there (default: a temporary one)")
    parser.add_argument("--batches", type=int, default=200, help="calls of 16 (default: %(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with fleet_home(args.home, trained=True) as where:
        _measure(where, args.batches)


def _measure(where: Settings, batches: int) -> None:
    forecaster = Forecaster.load(models.download(tracking.connect(where), models.FORECASTER, _VERSION))
    lake = Lake(where.lake_uri)
    anew, advisor = LiveAdvisor(lambda version: forecaster), LiveAdvisor(lambda version: forecaster)
    runs = lake.read(Run, columns=advisor.columns)
    began_s = time.process_time()
    updated = update_states(lake, NeedFold(), past_runs_of, COLUMNS)
    states_s = time.process_time() - began_s
    advisor.start_from(lake)
    for one in (anew, advisor):
        one.take_in(Changes(runs, runs.slice(0, 0), True))
    history = GrowingHistory()
    history.load(runs.select(list(history.columns)))
    names = history.workload_ids()
    at = max(runs["ended_at"].drop_null().to_pylist()) + timedelta(hours=1)
    chance = random.Random(7)

    def questions(version: str) -> list[list[ForecastRequest]]:
        return [[_question(chance.choice(names), at, version) for _ in range(_TOGETHER)] for _ in range(batches)]

    def candidates(asked: Sequence[ForecastRequest]) -> object:
        """The forecasts of 64 heaps for each request, in one call."""
        one = effective_allocation({"spark.executor.memory": "4g", "spark.executor.cores": "4"}, "yarn")
        heaps = [replace(one, executor_memory_bytes=int(gib * 2**30)) for gib in _HEAPS_GIB]
        features = np.repeat(encode_candidates(heaps)[None], len(asked), axis=0)
        moments = [Asked(one.workload_id, one.at) for one in asked]
        return forecaster.predict(history.histories(moments, forecaster.context_length), features)

    with_forecast, by_evidence = questions(_VERSION), questions(NONE)
    first = [[_question(one, at, NONE)] for one in names]
    rows = {
        "the first of a workload, without its state": Cost.of(anew.recommend, first),
        "the first of a workload, with it": Cost.of(advisor.recommend, first),
        "alone": Cost.of(advisor.recommend, [[one] for batch in with_forecast for one in batch[:4]]),
        f"{_TOGETHER} together": Cost.of(advisor.recommend, with_forecast),
        f"{_TOGETHER} together, by evidence": Cost.of(advisor.recommend, by_evidence),
        f"{_TOGETHER} together, forecasts of {_CANDIDATES} heaps alone": Cost.of(candidates, with_forecast),
    }
    table = Table("recommendations", "each, processor ms", *(f"call {name}" for name in _SHOWN))
    for name, took in rows.items():
        table.add_row(name, *took.row)
    console = Console(width=150)
    console.print(table)
    console.print(
        f"{len(history):,} runs of {len(names):,} workloads; states: {updated.folded_run_count:,} runs folded in "
        f"{states_s:.1f} s of the processor; load {os.getloadavg()[0]:.1f}",
        highlight=False,
    )


def _question(workload_id: str, at: datetime, version: str) -> ForecastRequest:
    properties = SparkProperties.model_validate({"spark.executor.memory": "4g", "spark.executor.cores": "4"})
    request = RecommendRequest(app_name="benchmark", platform="yarn", properties=properties)
    return prepare(request, at).model_copy(update={"workload_id": workload_id, "forecaster_version": version})


if __name__ == "__main__":
    main()
