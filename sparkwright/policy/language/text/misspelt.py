"""Names that look like properties of Spark and are one slip away from some: they are asked back, never kept."""

import re
from functools import cache, lru_cache
from typing import Final

from data_contracts.properties.catalogue import catalogue
from data_contracts.properties.policy import known_names
from sparkwright.policy.language.said import Part, Said

_NAME: Final = re.compile(r"(?<![\w.])spark\.[A-Za-z][\w.\-]*\w")
_HEADLESS: Final = re.compile(r"(?<![\w.*/@-])([A-Za-z]{2,})\.[A-Za-z][\w.]*\w(?![\w*/@-])")
_OPEN: Final = (
    *("spark.hadoop.", "spark.executorenv.", "spark.yarn.appmasterenv.", "spark.sql.catalog.", "spark.metrics.conf."),
    *("spark.ssl.", "spark.conf.", "spark.kubernetes.driverenv.", "spark.kubernetes.executorenv."),
)
"""What stands behind these is named by others."""
_PER_ITEM: Final = re.compile(r"\.(?:label|annotation|secrets|secretKeyRef|volumes|selector|resource)\.", re.IGNORECASE)
_INTERNAL: Final = (
    *("spark.sql.caseSensitive", "spark.sql.crossJoin.enabled", "spark.sql.legacy.timeParserPolicy"),
    "spark.scheduler.pool",
)
"""Spark has them, its registry does not show them."""
_FARTHEST: Final = 2
_SHOWN: Final = 3
_LEAST_WORDS: Final = 2


@cache
def all_names() -> dict[str, str]:
    """Every property of Spark that a table of ours has, by its name in lower case."""
    return {name.lower(): name for name in sorted({*catalogue().entries, *known_names(), *_INTERNAL})}


@cache
def _heads() -> frozenset[str]:
    """What Spark's names begin with: ``executor.memroy`` leaves out no more than ``spark.``."""
    return frozenset(low.split(".")[1] for low in all_names() if low.count(".") > 1)


@cache
def _meant() -> tuple[str, ...]:
    """Those that somebody may mean: Spark still has them."""
    gone = {one.name for one in catalogue().entries.values() if one.kind in {"removed", "obsolete"}}
    return tuple(name for name in all_names().values() if name not in gone)


def in_known_names(written: str) -> tuple[str, dict[str, list[str]]]:
    """The text with the nearest name in place of each that is misspelt, and by that name what was written and is near."""
    found: dict[str, list[str]] = {}

    def meant(match: re.Match[str]) -> str:
        near = nearest(match[0])
        if not near:
            return match[0]
        found.setdefault(near[0], [match[0], *near])
        return near[0]

    def meant_without_head(match: re.Match[str]) -> str:
        name = f"spark.{match[0]}"
        near = nearest(name) if match[1].lower() in _heads() else ()
        if not near or _distance(_bare(name.lower()), _bare(near[0].lower())) > _FARTHEST:
            return match[0]
        found.setdefault(near[0], [match[0], *near])
        return near[0]

    return _HEADLESS.sub(meant_without_head, _NAME.sub(meant, written)), found


def ask_for_names(said: Said, misspelt: dict[str, list[str]]) -> None:
    """Ask which property is meant, in the part where it was read; what was read of it does not hold."""
    for name, (written, *near) in misspelt.items():
        held: list[Part] = []
        if said.bounds.pop(name, None):
            held.append("bounds")
        if said.requires.pop(name, None):
            held.append("requires")
        rest = [one for one in said.forbids if one["property"] != name]
        if len(rest) < len(said.forbids):
            held.append("forbids")
        said.forbids = rest
        for part in held or (["bounds"] if not said.asks else []):
            said.ask(part, f"Spark has no {written}: is {' or '.join(near)} meant?")


@lru_cache(512)
def nearest(name: str) -> tuple[str, ...]:
    """The properties that a name may be a slip of, the nearest first; none where it is one, or somebody else's."""
    low = name.lower()
    if low in all_names() or low.startswith(_OPEN) or _PER_ITEM.search(name):
        return ()
    bare = _bare(low)
    near = sorted(
        (distance, other)
        for other in _meant()
        if abs(len(other) - len(low)) <= 2 * _FARTHEST
        and (distance := _distance(bare, _bare(other.lower()))) <= _FARTHEST
    )
    if near:
        return tuple(other for distance, other in near if distance == near[0][0])[:_SHOWN]
    words = _words(name.removesuffix(".enabled") if low.removesuffix(".enabled") in all_names() else name)
    if len(words) <= _LEAST_WORDS:
        return (all_names()[".".join(words)],) if ".".join(words) in all_names() else ()
    near_words = [other for other in _meant() if _is_reordered(words, _words(other))]
    cut = sorted((other for other in _meant() if re.fullmatch(rf"{re.escape(low)}[a-z]+", other.lower())), key=len)
    return tuple(near_words or cut)[:_SHOWN]


def _bare(low: str) -> str:
    return re.sub(r"[.\-_]", "", low)


@cache
def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z\d]+", re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", name).lower()))


def _is_reordered(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """The same words in another order, or one of them left out."""
    if words[1] != others[1] and sorted(words) != sorted(others):
        return False
    return not set(words) - set(others) and len(others) - len(words) <= 1


def _distance(one: str, other: str) -> int:
    """How many letters were left out, put in, changed or swapped; more than the farthest where it does not matter."""
    if abs(len(one) - len(other)) > _FARTHEST:
        return _FARTHEST + 1
    before, last = list(range(len(other) + 1)), list[int]()
    for at, letter in enumerate(one, start=1):
        row = [at]
        for where, there in enumerate(other, start=1):
            cost = min(before[where] + 1, row[-1] + 1, before[where - 1] + (letter != there))
            if at > 1 and where > 1 and letter == other[where - 2] and one[at - 2] == there:
                cost = min(cost, last[where - 2] + 1)
            row.append(cost)
        if min(row) > _FARTHEST:
            return _FARTHEST + 1
        last, before = before, row
    return before[-1]
