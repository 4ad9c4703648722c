"""Boosters of one requirement, one for each level, packed into one that answers for all levels in a single call.

A call of LightGBM's takes longer than its trees do. One booster with a class for each level adds up the same trees in
the same order, so its answers are those of the boosters to the bit.

Source of the format: ``GBDT::LoadModelFromString`` (LightGBM 4); without ``tree_sizes`` it reads tree after tree.
"""

from collections.abc import Sequence
from itertools import count, zip_longest

_PER_BOOSTER = ("num_class=", "num_tree_per_iteration=", "objective=", "tree_sizes=")
"""Lines of a header that the packed one has otherwise or not at all: quantiles are the plain sum of their trees."""
_NOTHING = """num_leaves=1
num_cat=0
split_feature=
split_gain=
threshold=
decision_type=
left_child=
right_child=
leaf_value=0
leaf_weight=
leaf_count=
internal_value=
internal_weight=
internal_count=
is_linear=0
shrinkage=1"""
"""A tree that adds nothing, where a level has fewer trees than another."""


def packed(texts: Sequence[str]) -> str:
    """The boosters, as LightGBM writes them, as one with a class for each.

    Args:
        texts: Quantile boosters over the same features.

    Raises:
        ValueError: A text is no booster.
    """
    headers, trees = zip(*(_parts(text) for text in texts), strict=True)
    lines = [line for line in headers[0].splitlines() if not line.startswith(_PER_BOOSTER)]
    lines += [f"num_class={len(texts)}", f"num_tree_per_iteration={len(texts)}", ""]
    numbers = count()
    for together in zip_longest(*trees, fillvalue=_NOTHING):
        lines += [f"Tree={next(numbers)}\n{tree}\n" for tree in together]
    return "\n".join([*lines, "end of trees", ""])


def _parts(text: str) -> tuple[str, list[str]]:
    """The header of a booster, and its trees without their numbers."""
    body, end, _ = text.partition("end of trees")
    header, *trees = body.split("\nTree=")
    if not (end and header.startswith("tree\n")):
        raise ValueError(f"a text that begins with {text[:20]!r} and holds {len(trees)} trees")
    return header.strip(), [tree.partition("\n")[2].strip() for tree in trees]
