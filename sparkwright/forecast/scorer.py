"""Evaluate boosters of one requirement and level each, all of them at once, without walking through their trees.

A walk through thousands of small trees waits for memory at each node, and a call of LightGBM costs as much as hundreds
of them. Here every test of every tree is made in one comparison, in the order in which it lies in memory: a test that
fails rules out the leaves on its left, and the leftmost leaf that is left is where the walk would have ended. Values
are summed in the order of LightGBM, so the answers equal its own bit for bit.

Sources: Lucchese et al., "QuickScorer: A Fast Algorithm to Rank Documents with Additive Ensembles of Regression Trees",
SIGIR 2015; for the format ``Tree::Tree(const char*, size_t*)`` and ``Tree::NumericalDecision`` of LightGBM 4.

Shapes: N rows, W columns, C boosters, I trees of the largest booster, S splits of the largest tree.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

MAX_LEAVES = 64
"""A tree's leaves are the bits of a number."""
_ZERO = np.float32(1e-35)
"""What is no further from 0 counts as 0."""
_CATEGORICAL, _DEFAULT_LEFT, _MISSING = 1, 2, 12
_NOTHING_MISSING, _NAN_MISSING = 0, 8
_AS_ZERO, _AS_LEAST, _AS_MOST = range(3)
"""What an unknown value is taken for: 0 where training met none, else what sends it to the side that training chose."""


class Scorer:
    """C boosters over shared rows.

    Args:
        texts: The boosters in LightGBM's text format, over numbers alone.
        columns: For each of them the columns of the shared rows that its features are.
        width: Number of columns of those rows, W.

    Raises:
        ValueError: A text is not such a booster, has trees of more than 64 leaves, or reads a feature without a column.
    """

    def __init__(self, texts: Sequence[str], columns: Sequence[Sequence[int]], width: int) -> None:
        boosters = [_trees_of(text) for text in texts]
        trees = max(map(len, boosters))
        leaves = max((tree.leaf_count for trees in boosters for tree in trees), default=1)
        bits = np.uint32 if leaves <= 32 else np.uint64
        self._shape = trees, len(boosters)
        shape = (max(1, leaves - 1), trees, len(boosters))  # [S, I, C]
        self._value = np.zeros(shape, dtype=np.intp)
        """Where the value that a test is made on lies in an extended row, see :meth:`predict`."""
        self._threshold = np.zeros(shape, dtype=np.float32)
        self._ruled_out = np.zeros(shape, dtype=bits)
        """Leaves that a failed test rules out, as bits; none where a tree has fewer tests than others."""
        self._leaf = np.zeros((trees, len(boosters), leaves))
        for number, (booster, mine) in enumerate(zip(boosters, columns, strict=True)):
            for place, tree in enumerate(booster):
                tests = slice(len(tree.threshold)), place, number
                self._value[tests] = tree.taken_for * width + [mine[feature] for feature in tree.feature]
                self._threshold[tests] = tree.threshold
                self._ruled_out[tests] = tree.ruled_out
                self._leaf[place, number, : tree.leaf_count] = tree.leaf
        self._first = np.arange(trees * len(boosters)) * leaves

    def predict(self, rows: Floats) -> Doubles:
        """Return the boosters' sums ``[N, C]`` for rows ``[N, W]``; NaN is an unknown value."""
        rows = np.where(np.abs(rows) <= _ZERO, np.float32(0), rows)
        unknown = np.isnan(rows)
        extended = np.concatenate([np.where(unknown, np.float32(of), rows) for of in (0, -np.inf, np.inf)], axis=1)
        found = np.empty((len(rows), self._shape[1]))
        values, fails = np.empty(self._value.shape, dtype=np.float32), np.empty(self._value.shape, dtype=np.bool_)
        ruled_out = np.empty_like(self._ruled_out)
        for row, answer in zip(extended, found, strict=True):
            np.take(row, self._value, out=values, mode="clip")
            np.greater(values, self._threshold, out=fails)
            np.multiply(self._ruled_out, fails, out=ruled_out)
            left = ~np.bitwise_or.reduce(ruled_out, axis=0)
            leftmost = np.frexp((left & -left).astype(np.float64))[1].ravel() - 1
            leaves = self._leaf.ravel()[self._first + leftmost].reshape(self._shape)
            answer[:] = np.add.accumulate(leaves, axis=0)[-1]  # one after another, as LightGBM sums
        return found


class _Tree:
    """A tree's tests in any order, and its leaves from left to right."""

    def __init__(self, text: str) -> None:
        found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        self.leaf_count = int(found["num_leaves"])
        if self.leaf_count > MAX_LEAVES or found.get("num_cat", "0") != "0" or found.get("is_linear", "0") != "0":
            raise ValueError(f"expected a tree over numbers with at most {MAX_LEAVES} leaves, got {text[:60]!r}")
        left, right, kinds, self.feature = (
            [int(value) for value in found.get(name, "").split()]
            for name in ("left_child", "right_child", "decision_type", "split_feature")
        )
        self.threshold = _below(np.array(found.get("threshold", "").split(), dtype=np.float64))
        self.taken_for = np.array([_taken_for(kind) for kind in kinds], dtype=np.intp)
        values = np.array(found["leaf_value"].split(), dtype=np.float64)
        order: list[int] = []
        self.ruled_out = [0] * len(left)
        waiting = [0] if left else [-1]
        # A child below 0 is the leaf ~child. Each test is met twice: before its left side, and after it.
        begun = dict[int, int]()
        while waiting:
            node = waiting.pop()
            if node < 0:
                order.append(~node)
            elif node not in begun:
                begun[node] = len(order)
                waiting += [node, left[node]]
            else:
                self.ruled_out[node] = (1 << len(order)) - (1 << begun[node])
                waiting.append(right[node])
        self.leaf = values[order]


def _trees_of(text: str) -> list[_Tree]:
    body, end, _ = text.partition("end of trees")
    header, *trees = body.split("\nTree=")
    if not (end and header.startswith("tree\n")):
        raise ValueError(f"a text that starts with {text[:20]!r} and holds {len(trees)} trees")
    return [_Tree(tree) for tree in trees]


def _taken_for(kind: int) -> int:
    missing = kind & _MISSING
    if kind & _CATEGORICAL or missing not in {_NOTHING_MISSING, _NAN_MISSING}:
        raise ValueError(f"expected a test of a number that is known or NaN, got decision type {kind}")
    if missing == _NOTHING_MISSING:
        return _AS_ZERO
    return _AS_LEAST if kind & _DEFAULT_LEFT else _AS_MOST


def _below(thresholds: Doubles) -> Floats:
    """Return the largest single-precision numbers that are not above: the same numbers of that precision pass."""
    most = np.finfo(np.float32).max
    near = np.clip(thresholds, -most, most).astype(np.float32)
    return np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near)
