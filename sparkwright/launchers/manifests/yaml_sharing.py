"""Mappings of ruamel.yaml that stand in several places: by an anchor and its aliases, or by a merge key."""

from collections.abc import Mapping
from typing import Any

from ruamel.yaml.comments import CommentedMap


def is_shared(root: Any, wanted: Any) -> bool:
    """Whether an anchor makes one mapping stand in several places, or lie beneath another's merge key."""
    count = 0
    seen: set[int] = set()
    left = [root]
    while left:
        one = left.pop()
        if one is wanted:
            count += 1
        if count > 1:
            return True
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Mapping):
            left += list(one.values())
            # What stands behind `<<`: ruamel keeps it apart, alone or with the place of the key.
            left += [
                merged[-1] if isinstance(merged, tuple) else merged for merged in getattr(one, "merge", None) or []
            ]
        elif isinstance(one, list):
            left += one
    return False


def parted(shared: Any) -> Any:
    """The same content as a mapping of its own, without an anchor."""
    return CommentedMap((key, _said(shared, key)) for key in shared)


def give_way_to_merge(at: Any, key: str) -> None:
    """Put a value that a merge key brings or overrides behind it, so that a change of it counts."""
    source = _overriding(at, key)
    if source is None:
        return
    position = at.merge.merge_pos  # which ruamel would count anew, with the merged keys
    if key in _own_keys(at):
        del at[key]
        position -= 1
    at[key] = _said(source, key)
    at.move_to_end(key)
    at.merge.merge_pos = position


def _said(at: Any, key: Any) -> Any:
    """The value that Kubernetes reads, or None, where ruamel has every key win over a merge key."""
    source = _overriding(at, key)
    return at.get(key) if source is None else _said(source, key)


def _overriding(at: Any, key: Any) -> Any:
    """What brings a key by a merge key, unless the mapping's own stands behind that."""
    own = _own_keys(at)
    source = next((one for one in at.merge if key in one), None)
    return None if source is None or (key in own and own.index(key) >= at.merge.merge_pos) else source


def _own_keys(at: Any) -> list[Any]:
    return [key for key, _ in at.non_merged_items()]
