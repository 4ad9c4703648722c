"""Amounts of money among items."""

from collections.abc import Sequence
from dataclasses import replace

from sparkwright.requirements.amounts.counted import read_number
from sparkwright.requirements.items import Item

THOUSANDS = {"k": 1e3, "m": 1e6, "bn": 1e9, "mio": 1e6, "mn": 1e6}


def is_cents(items: Sequence[Item], at: int) -> bool:
    """Whether a number after an amount is its cents: ``four euros fifty``."""
    item, following = items[at], items[at + 1] if at + 1 < len(items) else None
    if not item.has("number") or item.has("article") or not 0 < (item.value or 0) < 100 or "." in item.text:
        return False
    return following is None or following.has("stop", "comma", "per", "cent", "max")


def money_after_sign(items: Sequence[Item], at: int) -> tuple[Item, int] | None:
    """``$20``, ``EUR 1,500``, ``$2k``, ``$1.5 million``."""
    sign = items[at]
    if at + 1 >= len(items):
        return None
    offset = 1
    minus = 1.0
    if items[at + 1].text == "-" and at + 2 < len(items):
        offset, minus = 2, -1.0
    number, taken = read_number(items, at + offset)
    if number is None or number.value is None or number.has("article"):
        return None
    end = at + offset + taken
    value = number.value * minus
    last = number
    if end < len(items) and items[end].is_glued and items[end].text in THOUSANDS:
        value *= THOUSANDS[items[end].text]
        last, end = items[end], end + 1
    currency = sign.of("cur") or "?"
    # "$20 USD", "$20 CAD": the code is more exact than the sign.
    if end < len(items) and (code := items[end].of("cur")) and code != "?" and not items[end].has("every"):
        currency, last, end = code, items[end], end + 1
    found = replace(number, concepts=frozenset({"money"}), start=sign.start, end=last.end, value=value, unit=currency)
    return found, end - at
