"""Pack the boosters of one requirement, one per level, into one that answers for all levels in a single call.

Calling LightGBM costs more than evaluating its trees. One booster with a class per level sums the same trees in the
same order, so its answers equal those of the separate boosters bit for bit.

Source of the format: ``GBDT::LoadModelFromString`` (LightGBM 4); without ``tree_sizes`` it reads tree after tree.
"""

from collections.abc import Sequence
from itertools import count, zip_longest

_PER_BOOSTER = ("num_class=", "num_tree_per_iteration=", "objective=", "tree_sizes=")
"""Header lines that the packed booster replaces or omits: quantiles are the plain sum of their trees."""
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
"""A tree that adds nothing, to pad levels that have fewer trees than others."""


def packed(texts: Sequence[str]) -> str:
    """Return one booster, in LightGBM's text format, with a class for each of ``texts``.

    Args:
        texts: Quantile boosters over the same features.

    Raises:
        ValueError: A text is not a booster.
    """
    headers, trees = zip(*(_parts(text) for text in texts), strict=True)
    lines = [line for line in headers[0].splitlines() if not line.startswith(_PER_BOOSTER)]
    lines += [f"num_class={len(texts)}", f"num_tree_per_iteration={len(texts)}", ""]
    numbers = count()
    for together in zip_longest(*trees, fillvalue=_NOTHING):
        lines += [f"Tree={next(numbers)}\n{tree}\n" for tree in together]
    return "\n".join([*lines, "end of trees", ""])


def _parts(text: str) -> tuple[str, list[str]]:
    """Return the header of a booster, and its trees without their numbers."""
    body, end, _ = text.partition("end of trees")
    header, *trees = body.split("\nTree=")
    if not (end and header.startswith("tree\n")):
        raise ValueError(f"a text that starts with {text[:20]!r} and holds {len(trees)} trees")
    return header.strip(), [tree.partition("\n")[2].strip() for tree in trees]
