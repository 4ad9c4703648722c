"""What runs may read as a forecaster foresees it, for the posterior of their need to integrate over."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from sparkwright.allocation.advise import InputsOf
from sparkwright.allocation.inputs import expected, foreseen

if TYPE_CHECKING:
    from sparkwright.forecast.forecaster import Forecaster, Outlook


def inputs_after(forecaster: "Forecaster", seen: "Outlook") -> Sequence[InputsOf]:
    """For each of the B workloads of ``seen`` what it may read; what its own runs suggest where that is no worse."""
    from sparkwright.forecast.input_sizes import WEIGHTS

    sizes = forecaster.input_sizes(seen)
    if sizes is None:
        return [expected] * len(seen.history.length)
    return [partial(foreseen, sizes_bytes=one, weights=WEIGHTS) for one in sizes]
