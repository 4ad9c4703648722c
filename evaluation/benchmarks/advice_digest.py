"""A digest of advice on thousands of distinct requests: a change that is only to be faster leaves it as it is.

    python -m evaluation.benchmarks.advice_digest [--home DIR] [--requests 3000] [--out FILE]

Over the runs of the simulated fleet, with and without a forecaster and with trials, alone and up to 16 together, now
and in the past; what differs in the last bits shows in the files that ``--out`` writes, a line an answer.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import torch

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.fields.decision import NONE
from data_contracts.tables import Run
from evaluation.benchmarks.fleet_home import fleet_home
from sparkwright.advisor.core import ForecastRequest, conclude, prepare
from sparkwright.advisor.live import LiveAdvisor
from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.lake import Lake
from sparkwright.lake.changes import Changes
from sparkwright.registry import models, tracking
from sparkwright.settings import Settings

_VERSION = "1"
_CHOICES: dict[str, tuple[str | None, ...]] = {
    "spark.executor.memory": (None, "1g", "3000m", "4g", "16g"),
    "spark.driver.memory": (None, None, "1g", "4g"),
    "spark.executor.cores": (None, "1", "2", "4"),
    "spark.executor.instances": (None, None, "10"),
    "spark.executor.memoryOverhead": (None, None, None, "512m", "4g"),
    "spark.dynamicAllocation.enabled": (None, None, None, "true"),
    "spark.sql.shuffle.partitions": (None, None, "20", "2000"),
}
"""Values of each property; None: it is not set."""


def main() -> None:
    """Print the digest."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, help="installation to use, or to make there (default: a temporary one)")
    parser.add_argument("--requests", type=int, default=3_000, help="how many, about (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="file to write the answers to, as JSON lines")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with fleet_home(args.home, trained=True) as where:
        lines = [f"{line}\n" for line in _answers(where, args.requests)]
    text = "".join(lines)
    if args.out is not None:
        args.out.write_text(text, encoding="utf-8")
    print(f"{len(lines):,} answers: {hashlib.sha256(text.encode()).hexdigest()[:16]}")


def _answers(where: Settings, count: int) -> Iterator[str]:
    forecaster = Forecaster.load(models.download(tracking.connect(where), models.FORECASTER, _VERSION))
    limits = (DEFAULT_LIMITS, DEFAULT_LIMITS, RiskLimits(allow_trials=True, max_trial_risk=0.1))
    advisors = [LiveAdvisor(lambda version: forecaster, one) for one in limits]
    runs = Lake(where.lake_uri).read(Run, columns=advisors[0].columns)
    for advisor in advisors:
        advisor.take_in(Changes(runs, runs.slice(0, 0), True))
    names = sorted(set(runs["workload_id"].drop_null().to_pylist()))
    last = max(runs["ended_at"].drop_null().to_pylist())
    chance, number = random.Random(11), 0
    while number < count:
        size = chance.choice((1, 1, 2, 5, 16, 16))
        asked = [_question(chance, names, last, number + place) for place in range(size)]
        number += size
        for one, reply in zip(asked, chance.choice(advisors).recommend(asked), strict=True):
            recommendation, decision = conclude(one, reply, hold_back=0.02)
            said = [recommendation.model_dump(mode="json"), decision.model_dump(mode="json"), reply.fault]
            yield json.dumps(said, sort_keys=True)


def _question(chance: random.Random, names: list[str], last: datetime, number: int) -> ForecastRequest:
    given = {name: chance.choice(values) for name, values in _CHOICES.items()}
    request = RecommendRequest(
        app_name="benchmark",
        platform=chance.choice(("yarn", "yarn", "kubernetes", "standalone", "local", "unknown")),
        properties=SparkProperties.model_validate({name: value for name, value in given.items() if value is not None}),
        attempt=chance.choice((1, 1, 1, 2)),
        input_bytes=chance.choice((None, 0, chance.randrange(2**20, 2**40))),
        max_risk=chance.choice((None, None, 0.001)),
        deadline_ms=chance.choice((None, None, None, 60_000)),
    )
    at = last + timedelta(hours=chance.choice((1.0, 1.0, -500 * chance.random())))
    change = {
        "workload_id": chance.choice(names) if chance.random() < 0.95 else f"unknown-{number}",
        "decision_id": hashlib.sha256(str(number).encode()).hexdigest()[:32],
        "forecaster_version": chance.choice((_VERSION, _VERSION, NONE)),
    }
    return prepare(request, at).model_copy(update=change)


if __name__ == "__main__":
    main()
