"""The product as policies of the closed loop: as it decides over the rows that its harvest would have."""

from collections.abc import Callable, Sequence
from pathlib import Path

from data_contracts.spark_properties import parse_size_bytes
from evaluation.advice.plots import PENALTY
from evaluation.advice.policies import Choice, Policy, Question, told_input
from sparkwright.allocation.advise import advise


def product(forecaster_folder: Path | None = None) -> dict[str, Policy]:
    """The product's advice, without and with trials, and told the input; with a forecaster where one is given."""
    policies: dict[str, Policy] = {"product": _product(forecaster_folder, allow_trials=False)}
    trying = _product(forecaster_folder, allow_trials=True)
    return policies | {"product, trials": trying, "product, trials, hint": told_input(trying)}


def by_penalty(penalties: Sequence[float], make: Callable[..., dict[str, Policy]] = product) -> dict[str, Policy]:
    """The same policies under several penalties of a death [lost attempts], named for the frontier's plot.

    Args:
        penalties: In the order in which the frontier joins them.
        make: Takes ``penalty`` and gives policies by name.
    """
    return {
        f"{name}{PENALTY}{penalty:g}": policy for penalty in penalties for name, policy in make(penalty=penalty).items()
    }


def gated() -> dict[str, Policy]:
    """What promotion holds to its claim, by names that MLflow takes: advice as served, and with trials allowed."""
    policies = product()
    return {"served": policies["product"], "trials": policies["product, trials"]}


def _product(forecaster_folder: Path | None, *, allow_trials: bool) -> Policy:
    forecaster = None
    if forecaster_folder is not None:
        # Imported here: the product decides without a forecaster, too, and then needs no torch.
        from sparkwright.features.windows import HistoryIndex
        from sparkwright.forecast.answers import forecast_of
        from sparkwright.forecast.forecaster import Forecaster

        forecaster = Forecaster.load(forecaster_folder)

    def choose(question: Question) -> Choice:
        forecast = None
        if forecaster is not None:
            if question.rows is None:
                raise ValueError("expected rows of runs for the forecaster, got none")
            index = HistoryIndex(question.rows)
            history = index.history(question.workload_id, question.at, forecaster.context_length)
            forecast = forecast_of(forecaster, history)
        advice = advise(question.request, question.past, forecast, allow_trials=allow_trials)
        heap = advice.allocation.get("spark.executor.memory")
        overhead = advice.allocation.get("spark.executor.memoryOverhead")
        return Choice(
            parse_size_bytes(heap) if heap else question.asked_bytes,
            parse_size_bytes(overhead) if overhead else None,
            advice.trial,
        )

    return choose
