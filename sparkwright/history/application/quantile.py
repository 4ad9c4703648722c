"""Quantiles of a stream, in memory that does not grow with it."""

import math

from msgspec import Struct, field

_GAMMA = 1.02 / 0.98
_LOG_GAMMA = math.log(_GAMMA)


class QuantileSketch(Struct, gc=False):
    """Counts per logarithmic bucket; quantiles are accurate to within 2%.

    Source: DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch", VLDB 2019) with relative
    accuracy 0.02.
    """

    _buckets: dict[int, int] = field(default_factory=dict)

    def add(self, value: int) -> None:
        """Count one value; values below 1 count as 1."""
        bucket = math.ceil(math.log(value) / _LOG_GAMMA) if value > 1 else 0
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1

    def quantiles(self, *levels: float) -> list[float]:
        """The values at ``levels`` (ascending, each between 0 and 1), the lower of two; empty without values."""
        last = sum(self._buckets.values()) - 1
        ranks = [int(level * last) for level in levels]
        found: list[float] = []
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            while len(found) < len(ranks) and seen > ranks[len(found)]:
                found.append(2 * _GAMMA**bucket / (_GAMMA + 1) if bucket else 1.0)
        return found
