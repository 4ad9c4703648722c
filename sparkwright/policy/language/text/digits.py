"""Numbers that are words, in digits: ``sixteen gigabytes``, ``a gig and a half``, ``twenty-five hundred``."""

import re
from decimal import Decimal
from functools import cache
from typing import Final

from sparkwright.policy.language.amounts.quantities import POWERS, TIMES_US, plain, scale
from sparkwright.policy.language.vocabulary import part, says
from sparkwright.requirements.amounts.quantities import read_quantities
from sparkwright.requirements.text.text import fold


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
            r"(?:a|an|the|per|one|ein\w*|un\w*|een|uma?|ett|je|pro|jede\w*|cada|chaque|every|each|par|por|al|a la)\b",
            said,
        ) and not re.search(
            r"\b(?:hundred|thousand|million|dozen|half|hundert|tausend|cent|mille|cien|mil|and)\b", said
        ):
            counted = re.match(
                r"\W*(?:\w+ )?(?:executor|core|cpu|gi?b\b|gig|partition|gpu|vcore)", fold(written[one.end :])
            )
            if words[0] == "one" and re.search(
                r"\b(?:(?:assigned|given|granted|allotted|available) to|per|of|in|for|by|each) $",
                fold(written[: one.start]),
            ):
                continue  # `assigned to one executor`
            is_size = one.kind in {"bytes", "money"} and re.match(r"(?:a|an|one|ein\w*|un\w*)\b", said)
            if is_size and not re.search(r"\b(?:per|each|every|not?)[ -]$", fold(written[: one.start])):
                pass  # `under a gig`
            elif words[0] != "one" or not counted or re.search(r"\bno[ -]$", fold(written[: one.start])):
                continue
        if said == "one" and written[one.end : one.end + 1] == ":":
            continue  # `here's one: ...`
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
            bytes_each = scale(unit)
            decimal = Decimal(1000) ** POWERS.get(unit[0], 0)
            if bytes_each is None:
                continue
            value = Decimal(repr(one.value)) / (
                bytes_each if "ib" in unit or "bi" in unit[:4] or len(unit) == 1 else decimal
            )
        elif unit and one.kind == "duration":
            continue_words = next((us for pattern, us in TIMES_US.items() if re.fullmatch(pattern, unit)), None)
            if continue_words is None:
                continue
            value = Decimal(repr(one.value)) * 1000 / continue_words
        elif one.kind == "percent":
            value, unit = Decimal(repr(one.value)) * 100, "%"
        else:
            value = Decimal(repr(one.value))
        found = f"{found[: one.start]}{plain(value.normalize())}{' ' if unit else ''}{unit}{found[one.end :]}"
    return re.sub(r"\b(\d+(?:\.\d+)?) \(\s*\1\s*\)", r"\1", _multiplied(found))  # `twenty (20)`


def _with_ones(written: str) -> str:
    """``at least one and at most six``, ``exactly one``, ``one second``: a number where no other noun follows."""
    timed = rf"(?<!per )(?<!each )(?<!every )(?<!any )(?<!jede )(?<!par )(?<!por )(?<!no )(?<!not )\bone(?= (?:{'|'.join(TIMES_US)})\b)"
    counted = (
        rf"{'|'.join(TIMES_US)}|gpus?|gigas?|gb|go|kerne?n?|c(?:oe|œ)urs?|nucleos?|cores?|cpus?|{part('executor')}"
    )
    folded = fold(written)
    for match in reversed(
        list(re.finditer(rf"\b(?:{says('before_one')})\s+(?P<one>{says('one')})(?=\s+(?:{counted})\b)", folded))
    ):
        written = f"{written[: match.start('one')]}1{written[match.end('one') :]}"
    written = re.sub(timed, "1", written, flags=re.IGNORECASE)
    for match in reversed(list(_ones().finditer(fold(written)))):
        if re.search(r"\b(?:the|her|his|its|our|their) $", fold(written[: match.start()])):
            continue  # `the only one`
        written = f"{written[: match.start('one')]}1{written[match.end('one') :]}"
    return written


@cache
def _ones() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{says('before_one')})\s+(?P<one>{says('one')}|an?(?=\s+(?:{'|'.join(TIMES_US)})\b))"
        rf"(?=\s*(?:[,.;)]|$)|\s+(?:and|or|to|und|oder|bis|et|ou|y|o|a|{'|'.join(TIMES_US)})\b)"
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
    text = re.sub(
        rf"\b(one|two|three|four|five|six|\d+) and (?:a|one) half (?={unit}\b)",
        lambda match: f"{numbers.get(match[1].lower(), match[1])}.5 ",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"\bone (?=or (?:two|2)\b)", "1 ", text, flags=re.IGNORECASE)
    text = re.sub(_FRACTION, _of_fraction, text)
    return re.sub(
        rf"\b(?:{says('before_one')}|assigned|ha[sv]e?|gets?|uses?|given|needs?|with|request)(?P<single> (?:a |one )?single)(?= (?:{part('core')}|gpu|{part('executor')}|{unit})\b)",
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
