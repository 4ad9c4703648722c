"""The amounts of a text with what they count; two ends of a range are one."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sparkwright.policy.language import lexicon
from sparkwright.policy.language.amounts.ground import Ground, Span
from sparkwright.policy.language.amounts.quantities import Amount
from sparkwright.policy.language.scope.words import NOUNS
from sparkwright.policy.language.vocabulary import cued, literals, names

_SCOPES: Final = re.compile("|".join([*(NOUNS[kind] for kind in ("queues", "teams", "users")), "members?|times"]))
_UNIT: Final = re.compile(
    rf"(?:\s*(?:{cued('or_').pattern})\s*\d+)*[^\S\n]*-?(?:(?:of|total|concurrent|simultaneous|parallel|virtual|v|physical|the|static"
    r"|running|spark|active|more|single)\s+)*([^\W\d]+)"
)
_THEM: Final = re.compile(rf"\s+(?:{cued('them').pattern})")
_UNITS: Final = (
    ("executor", re.compile(rf"{lexicon.EXECUTOR}|instances?|containers?")),
    ("core", re.compile(lexicon.CORE)),
    ("gpu", re.compile(r"gpus?")),
    ("partition", re.compile(r"partition\w*|particion\w*")),
)
_FROM: Final = re.compile(rf"(?:(?:{cued('from_').pattern})(?: the)?|[\[(])\s*$")
_TO: Final = re.compile(rf"\s*(?:-|–|—|\.{{2,3}}|[~〜]|{cued('to').pattern})\s*(?:\$ ?)?")
_AND: Final = re.compile(rf"\s*(?:{cued('and_').pattern}|,|;)\s*(?:{cued('most').pattern} )?")
_AGAIN: Final = re.compile(r"\s*[,(=/:–-]?\s*(?:i\.?e\.?|that is|that's|so|or|=)?,?\s*")
_OR: Final = re.compile(rf"\s*(?:{cued('or_').pattern})\s*")


@dataclass(frozen=True, slots=True)
class Item:
    """An amount and what it counts.

    Attributes:
        span: With its unit.
        amount: The amount, or the lower of two.
        unit: ``executor``, ``core``, ``gpu``, ``partition``, ``other`` for a noun of no concern, or nothing.
        upper: The other end of a range.
    """

    span: Span
    amount: Amount
    unit: str
    upper: Amount | None = None


def items_of(ground: Ground) -> list[Item]:
    """The amounts of a text in their order."""
    found: list[Item] = []
    rest = list(ground.amounts)
    while rest:
        amount = rest.pop(0)
        unit, end = unit_after(ground, amount)
        while rest and _is_again(ground, amount, end, rest[0]):
            end = unit_after(ground, rest.pop(0))[1]
        upper = _upper(ground, amount, end, rest[0]) if rest else None
        if upper is not None:
            low, high = upper
            unit, end = unit_after(ground, rest.pop(0))
            found.append(Item(Span(low.start, end, "item"), low, unit, high))
        else:
            found.append(Item(Span(amount.start, end, "item"), amount, unit))
    return found


def _is_again(ground: Ground, amount: Amount, end: int, after: Amount) -> bool:
    """``two gigs, 2g``: said twice."""
    is_same = (amount.kind, amount.value) == (after.kind, after.value) and amount.kind != "number"
    return is_same and bool(_AGAIN.fullmatch(ground.text[end : after.start]))


def _upper(ground: Ground, low: Amount, end: int, high: Amount) -> tuple[Amount, Amount] | None:
    """The two ends, where the amounts are the ends of one range."""
    between = ground.text[end : high.start]
    begins = _FROM.search(ground.text[max(0, low.start - 40) : low.start])
    joins = _TO.fullmatch(between) or _TO.fullmatch(ground.text[low.end : high.start])
    if not joins and not (begins and _AND.fullmatch(between)) and not _are_next(ground, low, high, between):
        return None
    if low.kind == "number" and high.kind in {"size", "time", "money", "percent"}:
        low = with_unit(ground, low, high)  # `between 2 and 8 GB`
    if low.kind != high.kind or (low.value > high.value and not (begins or re.search(r"[a-z]", between))):
        return None
    return low, high


def _are_next(ground: Ground, low: Amount, high: Amount, between: str) -> bool:
    """``one or two``: both are right, and nothing is between them."""
    is_next = low.kind == high.kind == "number" and high.value == low.value + 1 and _OR.fullmatch(between)
    return bool(is_next) and not any(one.end <= low.start for _, one in ground.near(["denied"], low, 1.2))


def unit_after(ground: Ground, amount: Amount) -> tuple[str, int]:
    """What the word behind a number says is counted, and where that word ends."""
    if amount.kind not in {"number", "unbounded"}:
        return "", amount.end
    if them := _THEM.match(ground.text, amount.end):
        return ("executor" if ground.cues["executor"] else ""), them.end()
    match = _UNIT.match(ground.text, amount.end)
    if match is None or any(match.start(1) - 2 <= one.start <= match.start(1) for one in ground.properties):
        return "", amount.end  # `4 executor cores`
    for unit, words in _UNITS:
        if words.fullmatch(match[1]):
            return unit, match.end()
    if amount.kind == "number" and match.start(1) - amount.end == 1 and is_of_no_concern(match[1]):
        return "other", match.end()
    return "", amount.end


def is_of_no_concern(word: str) -> bool:
    """Whether no file has a word: ``40 nodes``, ``3 colleagues``."""
    if _SCOPES.fullmatch(word):
        return True
    known = literals("cues", "parts", "properties")
    if len(word) < 4 or word in names("none") or word in known or word.removesuffix("s") in known:
        return False
    return not any(f"{word[:at]}*" in known for at in range(4, len(word) + 1))


def with_unit(ground: Ground, bare: Amount, other: Amount) -> Amount:
    """A bare number in the unit of another amount."""
    digits = re.search(r"\d+(?:[.,]\d+)?", ground.text[other.start : other.end])
    number = Decimal(digits[0].replace(",", ".")) if digits else Decimal(0)
    unit = other.value / number if number else Decimal(1)
    return replace(bare, kind=other.kind, value=bare.value * unit, currency=other.currency)


def counts(name: str, unit: str) -> bool:
    """Whether a property, or a budget, counts what a unit names."""
    ends = {
        "core": r"[cC]ores|cpus",
        "executor": r"[eE]xecutors|instances|dynamicAllocation\.enabled",
        "gpu": "gpu",
        "partition": r"artition|arallelism",
    }
    return unit not in ends or bool(re.search(ends[unit], name))
