"""What is known of a run at submission besides its allocation: the moment, the attempt, the size of its input.

Shapes: N runs, B batch, C calendar features.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sparkwright.errors import ConfigError

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

CALENDAR_FEATURES = ("weekend", "month_end", "holiday")
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
_RETRY_US = HOUR_US // 2
_MONTH_END_DAYS = 1
"""The last day of a month and the first of the next: where monthly closings run."""


class Submissions(NamedTuple):
    """B submissions."""

    at_us: Integers
    """Microseconds since 1970, UTC ``[B]``."""
    input_log: Floats
    """Input size from the request, on the scale of ``requirement_logs`` ``[B]``; NaN if the request has none."""
    attempt: Integers
    """1 for a new run, 2 for its first retry, and so on ``[B]``."""


def calendar_features(days: Integers, region: str) -> npt.NDArray[np.bool_]:
    """``CALENDAR_FEATURES`` ``[C, B]`` of days in UTC.

    Args:
        days: Days since 1970 ``[B]``.
        region: Whose holidays count, as :func:`check_region` takes it.
    """
    dates = days.astype("datetime64[D]")
    months = [(dates + shift).astype("datetime64[M]") for shift in (0, _MONTH_END_DAYS, -_MONTH_END_DAYS)]
    month_end = (months[0] != months[1]) | (months[0] != months[2])
    return np.stack([is_weekend(days), month_end, _is_holiday(days, region)])


def is_weekend(days: Integers) -> npt.NDArray[np.bool_]:
    """Whether days since 1970 are a Saturday or Sunday."""
    return np.asarray((days + 3) % 7 >= 5)


def _is_holiday(days: Integers, region: str) -> npt.NDArray[np.bool_]:
    if not region:
        return np.zeros(len(days), dtype=bool)
    years = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    found = np.array([day for year in np.unique(years).tolist() for day in _holidays(region, year)], dtype=np.int64)
    return np.isin(days, found)


@cache
def _holidays(region: str, year: int) -> tuple[int, ...]:
    """Days since 1970 of the holidays of a year."""
    import holidays  # imported here: without a region nothing needs it

    country, _, part = region.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=year)
    except NotImplementedError as error:
        raise ConfigError(f"expected an ISO 3166 region such as DE or DE-BY, got {region!r}: {error}") from error
    return tuple(int(np.datetime64(day).astype("datetime64[D]").astype(np.int64)) for day in found)


def check_region(region: str) -> None:
    """Check that the holidays of ``region`` are known: a country, a part of one (``DE-BY``), or empty for none.

    Raises:
        ConfigError: The region is unknown.
    """
    if region:
        _holidays(region, 2026)


def attempts(
    stop: Integers, started_us: Integers, ended_us: Integers, failed: npt.NDArray[np.bool_], first: Integers
) -> Integers:
    """Which try each run was ``[N]``: one that directly follows a failed run of its workload is a retry.

    Args:
        stop: Position after the last run that had ended before each run started ``[N]``.
        started_us: When they started ``[N]``.
        ended_us: When they ended ``[N]``.
        failed: Whether they failed ``[N]``.
        first: Position of the first run of the workload ``[N]``.
    """
    before = stop - 1
    retried = before >= first
    before = before.clip(min=0)
    retried &= failed[before] & (started_us - ended_us[before] < _RETRY_US)
    number = np.ones(len(stop), dtype=np.int64)
    while True:
        longer = np.where(retried, number[before] + 1, 1)
        if (longer == number).all():
            return number
        number = longer
