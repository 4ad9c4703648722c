"""The product as a policy of the closed loop: as the service decides, over the rows that its harvest would have."""

from pathlib import Path

from data_contracts.spark_properties import parse_size_bytes
from evaluation.advice.policies import Choice, Policy, Question
from sparkwright.allocation.optimise import recommend
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster


def product(forecaster_folder: Path) -> dict[str, Policy]:
    """The product's advice with this forecaster."""
    forecaster = Forecaster.load(forecaster_folder)

    def choose(question: Question) -> Choice:
        advice = recommend(forecaster, HistoryIndex(question.past), question.request, question.workload_id, question.at)
        overhead = advice.allocation.get("spark.executor.memoryOverhead")
        return Choice(
            parse_size_bytes(advice.allocation["spark.executor.memory"]),
            parse_size_bytes(overhead) if overhead else None,
            advice.trial,
        )

    return {"product": choose}
