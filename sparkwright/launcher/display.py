"""Answers of the service as tables a person reads."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.table import Table

from data_contracts.api import Forecast, Quantiles, Recommendation
from data_contracts.spark_properties import GIB, MIB
from sparkwright.errors import ServiceError

M = TypeVar("M", bound=BaseModel)


def show_recommendation(answer: dict[str, object]) -> None:
    """Print the allocation with its reasons, the forecast and the memory risk.

    Raises:
        ServiceError: The answer breaks the contract.
    """
    decision = _valid(Recommendation, answer)
    console = Console()
    reasons: dict[str, list[str]] = {}
    for reason in decision.reasons:
        reasons.setdefault(reason.property, []).append(reason.text)
    allocation = Table("property", "value", "why", title=f"Allocation for {decision.workload_id}", title_justify="left")
    for name, value in decision.allocation.items():
        allocation.add_row(name, value, "; ".join(reasons.get(name, [])))
    console.print(allocation)
    for text in reasons.get("*", []):
        console.print(f"* {text}", markup=False)

    if decision.forecast is not None:
        _show_forecast(console, decision.forecast)
    marks = [name for name in ("cold", "trial", "extrapolated") if getattr(decision, name)]
    console.print(
        f"decision {decision.decision_id}, release {decision.release_version}, forecaster "
        f"{decision.forecaster_version}, runs seen {decision.observed_run_count}"
        + (f", {', '.join(marks)}" if marks else ""),
        markup=False,
        highlight=False,
    )


def _show_forecast(console: Console, forecast: Forecast) -> None:
    needs = Table("forecast", "p10", "p50", "p90", title_justify="left")
    for name, unit in (
        ("duration_ms", _seconds),
        ("executor_run_time_ms", _seconds),
        ("input_bytes", _size),
        ("shuffle_write_bytes", _size),
        ("disk_spilled_bytes", _size),
    ):
        need: Quantiles = getattr(forecast, name)
        needs.add_row(name.rsplit("_", 1)[0].replace("_", " "), unit(need.p10), unit(need.p50), unit(need.p90))
    console.print(needs)
    risk = Table("executor heap", "P(out of memory)", "", title_justify="left")
    for point in forecast.memory_risk:
        mark = "extrapolated" if point.extrapolated else ""
        risk.add_row(_size(point.executor_memory_bytes), f"{point.probability:.1%}", mark)
    console.print(risk)


def _valid(model: type[M], answer: dict[str, object]) -> M:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise ServiceError(
            f"expected the answer of a Sparkwright service, got {error.error_count()} fault(s), the first: "
            f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}"
        ) from error


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:,.1f} s"


def _size(size_bytes: float) -> str:
    return f"{size_bytes / GIB:,.1f} GiB" if size_bytes >= GIB else f"{size_bytes / MIB:,.0f} MiB"
