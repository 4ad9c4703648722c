"""Check that quantile levels form intervals."""

from collections.abc import Sequence


def check_levels(levels: Sequence[float]) -> None:
    """Require levels that ascend, are symmetric around 0.5 and include what the answers report.

    Raises:
        ValueError: They do not ascend, are not symmetric around 0.5, or lack 0.1, 0.5 or 0.9.
    """
    rounded = [round(level, 6) for level in levels]
    if rounded != sorted(set(rounded)) or rounded != [round(1 - level, 6) for level in reversed(rounded)]:
        raise ValueError(f"expected ascending quantiles, symmetric around 0.5, got {list(levels)}")
    if not {0.1, 0.5, 0.9} <= set(rounded):
        raise ValueError(f"expected 0.1, 0.5 and 0.9 among the quantiles, got {list(levels)}")
