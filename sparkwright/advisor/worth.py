"""What a decision changes of the request, and what that saves."""

from collections.abc import Mapping

from data_contracts.api.recommendation import PropertyChange, Saving
from data_contracts.api.report import Prices
from data_contracts.properties.spark import GIB, same_value
from sparkwright.spark.allocation import effective_allocation

_HOUR_MS = 3_600_000


def changes_of(given: Mapping[str, str], advised: Mapping[str, str]) -> list[PropertyChange]:
    """The properties whose value becomes another one; ``4g`` and ``4096m`` are the same.

    Args:
        given: As the request has them.
        advised: With their units written.
    """
    return [
        PropertyChange(property=name, current=given.get(name), advised=value)
        for name, value in advised.items()
        if name not in given or not same_value(name, given[name], value)
    ]


def saving_of(
    given: Mapping[str, str], advised: Mapping[str, str], platform: str, duration_ms: float, prices: Prices | None
) -> Saving | None:
    """What a run saves; None where the number of executors is not known before it, as under dynamic allocation.

    Args:
        given: As the request has them.
        advised: With their units written.
        platform: Of the request.
        duration_ms: How long the run is expected to take.
        prices: What an hour costs; None where nobody says.
    """
    old = effective_allocation(given, platform)
    new = effective_allocation({**given, **advised}, platform)
    if old.executor_count is None or new.executor_count is None:
        return None
    hours = duration_ms / _HOUR_MS
    memory = (old.reserved_bytes * old.executor_count - new.reserved_bytes * new.executor_count) / GIB * hours
    # Where the platform decides on the cores, the advice does not change them.
    both = old.executor_cores_count is not None and new.executor_cores_count is not None
    cores = (old.executor_cores_count or 0) * old.executor_count - (new.executor_cores_count or 0) * new.executor_count
    saved = Saving(memory_gib_h=memory, core_h=cores * hours if both else 0.0)
    if prices is None:
        return saved
    money = memory * prices.memory_gib_hour + saved.core_h * prices.vcore_hour
    return saved.model_copy(update={"money": money, "currency": prices.currency})
