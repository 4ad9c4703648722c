"""Numbers in a text, with what they count: sizes, times, money and plain numbers."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from data_contracts.properties.policy import size_text, time_text
from sparkwright.policy.language.vocabulary import says

Kind = Literal["size", "time", "money", "number", "percent", "unbounded"]

POWERS: Final = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_SIZE = r"(?:[kmgtp]i?b?(?:ytes?)?|(?:kilo|mega|giga|tera|peta|kibi|mebi|gibi|tebi|pebi)(?:bytes?|octets?)|gigas?|megas?|gigs?|megs?|[kmg]o|to(?=\s*(?:de\b|par\b|$|[.,;]))|bytes?)"
TIMES_US: Final = {
    r"(?:milliseconds?|millis|millisekunden?|ms)": 1000,
    r"(?:seconds?|secs?|s|sekunden?|sek|secondes?|segundos?)": 10**6,
    r"(?:minutes?|mins?|minuten?|minutos?)": 60 * 10**6,
    r"(?:hours?|hrs?|h|stunden?|std|heures?|horas?)": 3600 * 10**6,
    r"(?:days?|d|tagen?|tage|jours?|dias?)": 86400 * 10**6,
}
_MONEY_BEFORE: Final = r"(?:us ?\$|usd|eur|gbp|chf|jpy|cad|aud|(?:ca|a|c|hk|nz|s)\$|\$|€|£|¥)"
_MONEY_AFTER: Final = rf"(?:{says('other_dollars')}|us ?dollars?|us-dollars?|dollars?|dolares|bucks|usd|us\$|\$|euros?|eur|€|pounds?|gbp|£|chf|franken|francs|yen|jpy|¥|rupees|inr|pesos?|kr|kronor|kroner|zloty(?:ch)?|zl|pln|yuan|rmb|reais|rand|won|liras?|roubles?|rubles?)"
_DOLLARS: Final = re.compile(r"(?:us ?)?\$|usd|(?:us[ -]?)?dollars?|dolares|bucks")
_NUMBER = r"\d+(?:[.,]\d+)*"
_QUANTITY = re.compile(
    rf"(?<![\w.])(?P<minus>-(?=\S))?(?P<before>{_MONEY_BEFORE})?\s?(?P<number>{_NUMBER})(?P<thousand>\s?k(?=\s?(?:{_MONEY_AFTER}|\b(?![ib])))(?![ib]))?"
    rf"(?:\s?-?(?P<size>{_SIZE})(?![\w-])|\s?(?P<after>{_MONEY_AFTER})(?!\w)|\s?-?(?P<time>{'|'.join(TIMES_US)})(?![\w-])|\s?(?P<percent>%|percent|prozent))?(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity of a text.

    Attributes:
        value: Bytes, microseconds, an amount of money, or the number.
        currency: Of money: USD, or what was said.
        start: Of its span.
        end: One past its last character.
        is_vague: Whether no number was said exactly.
    """

    kind: Kind
    value: Decimal
    start: int
    end: int
    currency: str = ""
    is_vague: bool = False

    def written(self) -> str:
        """As Spark reads it: sizes in the largest unit that gives a whole number."""
        if self.kind == "size":
            return size_text(int(self.value))
        if self.kind == "time":
            return time_text(int(self.value))
        if self.kind == "percent":
            return plain(self.value / 100)
        return plain(self.value)


def plain(value: Decimal) -> str:
    """A number without an exponent and without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def amounts(folded: str) -> list[Amount]:
    """The quantities of a text that are written in digits, in their order."""
    found = []
    for match in _QUANTITY.finditer(folded):
        number = _read_number(match["number"])
        if number is None:
            continue
        if match["minus"]:
            number = -number
        if match["thousand"]:
            number *= 1000
        span = match.start("before") if match["before"] else match.start("number"), match.end()
        if match["before"] or match["after"]:
            word = (match["before"] or match["after"]).strip()
            if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", match["number"]):
                number *= 1000  # no money has three digits behind its point
            found.append(Amount("money", number, *span, currency="USD" if _DOLLARS.fullmatch(word) else word))
        elif match["size"] and (bytes_each := scale(match["size"])) is not None:
            found.append(Amount("size", number * bytes_each, *span))
        elif match["time"]:
            us = next(us for pattern, us in TIMES_US.items() if re.fullmatch(pattern, match["time"]))
            found.append(Amount("time", number * us, *span))
        else:
            found.append(Amount("percent" if match["percent"] else "number", number, *span))
    found += [
        Amount("unbounded", Decimal(2**31 - 1), match.start(), match.end())
        for match in re.finditer(r"\binfinity\b", folded)
    ]
    return sorted(found, key=lambda one: one.start)


def scale(unit: str) -> int | None:
    """Bytes of a unit; GB is what Spark reads it as, GiB."""
    if unit.startswith("byte"):
        return 1
    power = POWERS.get(unit[0])
    return None if power is None else 1024**power


def _read_number(text: str) -> Decimal | None:
    """``1,000`` is a thousand, ``1,5`` one and a half, ``1.000`` a thousand only beside another group."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return Decimal(text.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", text) or re.fullmatch(r"[1-9]\d{0,2}\.000", text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d+[.,]\d+", text):
        return Decimal(text.replace(",", "."))
    return Decimal(text) if text.isdigit() else None
