"""The belief about a workload's need as a state that is folded from its runs and kept in the lake."""

import hashlib
import json
import zlib
from dataclasses import fields, replace

import numpy as np

from sparkwright.allocation.need import STEP, NeedPosterior
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, ELASTICITIES, NOISE_SCALES, NeedPrior
from sparkwright.allocation.past import PastRun

_MODEL = 2
"""Grows when the same runs lead to another belief."""


class NeedFold:
    """Folds runs into a :class:`NeedPosterior`; None before the first.

    Weights are rounded to single precision after each run: a state from the lake goes on exactly as the one that was
    kept in memory.

    Args:
        prior: What is believed before the first run; another prior makes another version.

    Attributes:
        version: Of model, grid and prior.
    """

    def __init__(self, prior: NeedPrior = DEFAULT_PRIOR) -> None:
        self._prior = prior
        grid = [ELASTICITIES, NOISE_SCALES, STEP, NeedPosterior.before(prior, 1, 1).weights.shape]
        meaning = json.dumps([grid, prior.model_dump(mode="json")], sort_keys=True)
        self.version = f"need-{_MODEL}-{hashlib.sha256(meaning.encode()).hexdigest()[:12]}"

    def initial(self) -> NeedPosterior | None:
        """Nothing: the belief before the first run rests on its heap."""
        return None

    def fold(self, state: NeedPosterior | None, run: PastRun) -> NeedPosterior:
        """The belief after one more run."""
        before = state or NeedPosterior.before(self._prior, run.heap_bytes, run.tasks)
        after = before.after(run)
        return after if after is state else replace(after, weights=after.weights.astype(np.float32))

    def dump(self, state: NeedPosterior | None) -> bytes:
        """The belief as JSON of its numbers, a line feed and the compressed weights."""
        if state is None:
            return b""
        numbers = {field.name: getattr(state, field.name) for field in fields(state)}
        weights = np.asarray(numbers.pop("weights"), dtype="<f4")
        del numbers["prior"]
        return json.dumps(numbers, sort_keys=True).encode() + b"\n" + zlib.compress(weights.tobytes())

    def load(self, dumped: bytes) -> NeedPosterior | None:
        """The belief that :meth:`dump` wrote."""
        if not dumped:
            return None
        numbers, _, weights = dumped.partition(b"\n")
        empty = NeedPosterior.before(self._prior, 1, 1)
        found = np.frombuffer(zlib.decompress(weights), dtype="<f4").reshape(empty.weights.shape)
        return replace(empty, weights=found, **json.loads(numbers))
