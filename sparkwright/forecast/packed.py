"""Pack boosters, one per requirement and level, into one that answers for all of them in a single call.

Calling LightGBM costs more than evaluating its trees. One booster with a class for each of them sums the same trees in
the same order, so its answers equal those of the separate boosters bit for bit. Each reads its own features, which are
columns of rows that all of them share.

Source of the format: ``GBDT::LoadModelFromString`` (LightGBM 4); without ``tree_sizes`` it reads tree after tree.
"""

from collections.abc import Sequence
from itertools import count, zip_longest

_PER_BOOSTER = (
    "num_class=", "num_tree_per_iteration=", "max_feature_idx=", "feature_names=", "feature_infos=", "objective=",
    "tree_sizes=",
)  # fmt: skip
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
"""A tree that adds nothing, to pad boosters that have fewer trees than others."""
_SPLITS = "split_feature="


def packed(texts: Sequence[str], columns: Sequence[Sequence[int]], width: int) -> str:
    """Return one booster, in LightGBM's text format, with a class for each of ``texts``.

    Args:
        texts: Quantile boosters.
        columns: For each of them the columns of the shared rows that its features are.
        width: Number of columns of those rows.

    Raises:
        ValueError: A text is not a booster, or reads a feature that has no column.
    """
    headers, trees = zip(*(_parts(text) for text in texts), strict=True)
    trees = tuple([_over(tree, mine) for tree in some] for some, mine in zip(trees, columns, strict=True))
    lines = [line for line in headers[0].splitlines() if not line.startswith(_PER_BOOSTER)]
    lines += [f"num_class={len(texts)}", f"num_tree_per_iteration={len(texts)}", f"max_feature_idx={width - 1}"]
    lines += ["feature_names=" + " ".join(f"Column_{column}" for column in range(width))]
    lines += ["feature_infos=" + " ".join(["none"] * width), ""]  # ranges, which no prediction reads
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


def _over(tree: str, columns: Sequence[int]) -> str:
    """Return a tree that reads these columns where it read features 0, 1, 2, ..."""
    before, name, rest = tree.partition(_SPLITS)
    features, end, after = rest.partition("\n")
    try:
        return before + name + " ".join(str(columns[int(feature)]) for feature in features.split()) + end + after
    except IndexError:
        raise ValueError(f"a tree over more than {len(columns)} feature(s): {features[:40]}") from None
