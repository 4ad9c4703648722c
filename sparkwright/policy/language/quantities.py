"""Numbers in a text, with what they count: sizes, times, money and plain numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, Literal

from data_contracts.policy_properties import size_text, time_text
from sparkwright.policy.language.vocabulary import part, says
from sparkwright.requirements.quantities import read_quantities
from sparkwright.requirements.text import fold

Kind = Literal["size", "time", "money", "number", "percent", "unbounded"]

_POWERS: Final = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_SIZE = r"(?:[kmgtp]i?b?(?:ytes?)?|(?:kilo|mega|giga|tera|peta|kibi|mebi|gibi|tebi|pebi)(?:bytes?|octets?)|gigas?|megas?|gigs?|megs?|[kmg]o|to(?=\s*(?:de\b|par\b|$|[.,;]))|bytes?)"
_TIME_US: Final = {
    r"(?:milliseconds?|millis|millisekunden?|ms)": 1000,
    r"(?:seconds?|secs?|s|sekunden?|sek|secondes?|segundos?)": 10**6,
    r"(?:minutes?|mins?|minuten?|minutos?)": 60 * 10**6,
    r"(?:hours?|hrs?|h|stunden?|std|heures?|horas?)": 3600 * 10**6,
    r"(?:days?|d|tagen?|tage|jours?|dias?)": 86400 * 10**6,
}
_MONEY_BEFORE: Final = r"(?:us ?\$|usd|eur|gbp|chf|jpy|cad|aud|(?:ca|a|c|hk|nz|s)\$|\$|€|£|¥)"
_MONEY_AFTER: Final = rf"(?:{says('other_dollars')}|us ?dollars?|us-dollars?|dollars?|dolares|bucks|usd|us\$|\$|euros?|eur|€|pounds?|gbp|£|chf|franken|francs|yen|jpy|¥|rupees|inr|pesos?|kr|kronor|kroner|zloty(?:ch)?|zl|pln|yuan|rmb|reais|rand|won|liras?|roubles?|rubles?)"
_DOLLARS: Final = frozenset(
    {
        "$",
        "us$",
        "us $",
        "usd",
        "dollar",
        "dollars",
        "us dollar",
        "us dollars",
        "us-dollar",
        "us-dollars",
        "usdollars",
        "dolares",
        "bucks",
    }
)
_NUMBER = r"\d+(?:[.,]\d+)*"
_QUANTITY = re.compile(
    rf"(?<![\w.])(?P<minus>-)?(?P<before>{_MONEY_BEFORE})?\s?(?P<number>{_NUMBER})(?P<thousand>\s?k(?=\s?(?:{_MONEY_AFTER}|\b(?![ib])))(?![ib]))?"
    rf"(?:\s?-?(?P<size>{_SIZE})(?![\w-])|\s?(?P<after>{_MONEY_AFTER})(?!\w)|\s?-?(?P<time>{'|'.join(_TIME_US)})(?![\w-])|\s?(?P<percent>%|percent|prozent))?(?!\w)"
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


def in_digits(written: str) -> str:
    """The text with numbers that are words in digits: ``sixteen gigabytes`` is ``16 gigabytes``."""
    written = _multiplied(_with_ones(_with_fractions(written)))
    found = written
    try:
        quantities = read_quantities(written)
    except (
        FileNotFoundError
    ):  # a language that is recognised and has no words here yet: its digits are read all the same
        quantities = read_quantities(written, "en")
    for one in reversed(quantities):
        if one.is_digits or one.is_vague or one.kind not in {"number", "bytes", "money", "duration", "percent"}:
            continue
        said = fold(written[one.start : one.end])
        words = said.split()
        # Of a quantity in words only its number is replaced, where it is one; `a day` is a period, `one` in `no one` nobody.
        if re.match(
            r"(?:a|an|the|per|one|ein\w*|un\w*|je|pro|jede\w*|cada|chaque|every|each|par|por|al|a la)\b", said
        ) and not re.search(
            r"\b(?:hundred|thousand|million|dozen|half|hundert|tausend|cent|mille|cien|mil|and)\b", said
        ):
            counted = re.match(
                r"\W*(?:\w+ )?(?:executor|core|cpu|gi?b\b|gig|partition|gpu|vcore)", fold(written[one.end :])
            )
            is_size = one.kind == "bytes" and re.match(r"(?:a|an|one|ein\w*|un\w*)\b", said)
            if is_size and not re.search(r"\b(?:per|each|every|no)[ -]$", fold(written[: one.start])):
                pass  # `under a gig`
            elif words[0] != "one" or not counted or re.search(r"\bno[ -]$", fold(written[: one.start])):
                continue
        if said in {"single", "once", "first", "second", "double", "both", "pair"}:
            continue
        if re.search(
            r"\b(?:team|queue|user|workload|job|cola|equipe|equipo|warteschlange)s? $", fold(written[: one.start])
        ):
            continue  # a name: `team zero`
        if one.kind == "money" and len(words) > 2 and re.fullmatch(says("cents"), words[-1]) and "dollar" in said:
            words[-1] = "dollars"
        unit = words[-1] if len(words) > 1 and one.kind in {"bytes", "money", "duration", "percent"} else ""
        if unit and one.kind == "bytes":
            scale = _scale(unit)
            decimal = Decimal(1000) ** _POWERS.get(unit[0], 0)
            if scale is None:
                continue
            value = Decimal(repr(one.value)) / (
                scale if "ib" in unit or "bi" in unit[:4] or len(unit) == 1 else decimal
            )
        elif unit and one.kind == "duration":
            continue_words = next((us for pattern, us in _TIME_US.items() if re.fullmatch(pattern, unit)), None)
            if continue_words is None:
                continue
            value = Decimal(repr(one.value)) * 1000 / continue_words
        elif one.kind == "percent":
            value, unit = Decimal(repr(one.value)) * 100, "%"
        else:
            value = Decimal(repr(one.value))
        found = f"{found[: one.start]}{plain(value.normalize())}{' ' if unit else ''}{unit}{found[one.end :]}"
    return _multiplied(found)


def _with_ones(written: str) -> str:
    """``at least one and at most six``, ``exactly one``, ``one second``: a number where no other noun follows."""
    timed = rf"(?<!per )(?<!each )(?<!every )(?<!any )(?<!jede )(?<!par )(?<!por )(?<!no )(?<!not )\bone(?= (?:{'|'.join(_TIME_US)})\b)"
    counted = (
        rf"{'|'.join(_TIME_US)}|gpus?|gigas?|gb|go|kerne?n?|c(?:oe|œ)urs?|nucleos?|cores?|cpus?|{part('executor')}"
    )
    folded = fold(written)
    for match in reversed(
        list(re.finditer(rf"\b(?:{says('before_one')})\s+(?P<one>{says('one')})(?=\s+(?:{counted})\b)", folded))
    ):
        written = f"{written[: match.start('one')]}1{written[match.end('one') :]}"
    written = re.sub(timed, "1", written, flags=re.IGNORECASE)
    for match in reversed(list(_ones().finditer(fold(written)))):
        written = f"{written[: match.start('one')]}1{written[match.end('one') :]}"
    return written


@cache
def _ones() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{says('before_one')})\s+(?P<one>{says('one')}|an?(?=\s+(?:{'|'.join(_TIME_US)})\b))"
        rf"(?=\s*(?:[,.;)]|$)|\s+(?:and|or|to|und|oder|bis|et|ou|y|o|a|{'|'.join(_TIME_US)})\b)"
    )


def _with_fractions(written: str) -> str:
    """``a gig and a half`` and ``a quarter terabyte`` in digits."""
    unit = r"(?:gigs?|gigabytes?|gb|gib|terabytes?|tb|tib|megabytes?|mb|cores?|hours?|minutes?)"
    numbers = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
    text = re.sub(
        rf"\b(an?|one|two|three|four|five|six|\d+) ({unit}) and a half\b",
        lambda match: f"{numbers.get(match[1].lower(), match[1])}.5 {match[2]}",
        written,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"\bone (?=or (?:two|2)\b)", "1 ", text, flags=re.IGNORECASE)
    text = re.sub(
        rf"\b(?<!and )(?<!and a )(?:a )?half (?:a |an |of an? )?(?={unit}\b)", "0.5 ", text, flags=re.IGNORECASE
    )
    text = re.sub(_FRACTION, _of_fraction, text)
    return re.sub(
        rf"\b(?:{says('before_one')})(?P<single> (?:a |one )?single)(?= (?:{part('core')}|gpu|{part('executor')}|{unit})\b)",
        _of_single,
        text,
    )


_PARTS: Final = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "eighth": 8, "tenth": 10}
_TIMES: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_FRACTION: Final = re.compile(
    rf"(?<!and )(?<!and a )\b(?:(?P<times>{'|'.join(_TIMES)})[ -])?(?P<part>{'|'.join(_PARTS)})s? (?:of )?(?:an? )?"
    r"(?=(?:gigs?|gigabytes?|gb|gib|terabytes?|tb|tib|megabytes?|mb|million|thousand|hundred|dozen)\b)",
    re.IGNORECASE,
)


def _of_fraction(match: re.Match[str]) -> str:
    share = Decimal(_TIMES[(match["times"] or "a").lower()]) / _PARTS[match["part"].lower()]
    return f"{plain(share.quantize(Decimal('0.001')))} "


def _of_single(match: re.Match[str]) -> str:
    return match[0][: match.start("single") - match.start()] + " 1"


_GROUPS: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "dozen": 12}


def _multiplied(written: str) -> str:
    """``25 hundred``, ``0.25 1000000``: a number of hundreds, thousands or millions."""
    return re.sub(
        rf"(?<![\d.,])(\d+(?:\.\d+)?) ({'|'.join(_GROUPS)}|100|1000|1000000)(?![\d.,:]|\s?\w?b\b)\b",
        lambda match: plain(Decimal(match[1]) * (_GROUPS.get(match[2].lower()) or int(match[2]))),
        written,
        flags=re.IGNORECASE,
    )


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
            found.append(Amount("money", number, *span, currency="USD" if word in _DOLLARS else word))
        elif match["size"] and (scale := _scale(match["size"])) is not None:
            found.append(Amount("size", number * scale, *span))
        elif match["time"]:
            us = next(us for pattern, us in _TIME_US.items() if re.fullmatch(pattern, match["time"]))
            found.append(Amount("time", number * us, *span))
        else:
            found.append(Amount("percent" if match["percent"] else "number", number, *span))
    found += [
        Amount("unbounded", Decimal(2**31 - 1), match.start(), match.end())
        for match in re.finditer(r"\binfinity\b", folded)
    ]
    return sorted(found, key=lambda one: one.start)


def _scale(unit: str) -> int | None:
    """Bytes of a unit; GB is what Spark reads it as, GiB."""
    if unit.startswith("byte"):
        return 1
    power = _POWERS.get(unit[0])
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


def of_kind(found: Sequence[Amount], *kinds: Kind) -> list[Amount]:
    """Those of these kinds."""
    return [one for one in found if one.kind in kinds]
