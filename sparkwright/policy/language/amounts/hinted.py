"""Amounts that are only hinted at: ``about 8 GB``, ``a few cores``, ``a reasonable limit``."""

import re
from dataclasses import replace
from decimal import Decimal

from data_contracts.properties.policy import kind_of
from sparkwright.policy.language.amounts.quantities import Amount, Kind
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.vocabulary import cued, mixed, part, says, whole

_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|approx|circa|ca|etwa|ungefahr|environ|unos|unas|aproximadamente|something like|or so)\s*(?:a |an |one )?$"
)
_BY = re.compile(r"\b(?:rais|increas|lower|reduc|extend|cut|grow|shrink)\w*\b[^.;]*\bby\s+$")
_OR_SO = re.compile(r"\s*(?:\w+ )?or so\b|\s*-?ish\b")
_SEVERAL = re.compile(mixed("several"))
_MARKS = (". ", "; ", "\n", ", ")
_LIMITS = tuple(map(cued, ("most", "least", "above", "below", "denied", "permits", "duties")))
_NOUNS = tuple(re.compile(rf"\b{part(one)}") for one in ("executor", "driver", "memory", "core"))
_PRONOUN = re.compile(rf"\W*(?:{says('tells_on')})")
"""What a remark on something begins with."""
_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"g|m(?!in)|t", "size"),
    (r"dollar", "money"),
    (r"minute|second|hour", "time"),
)


def with_hints(text: str, found: list[Amount]) -> list[Amount]:
    """The amounts of a text, those that are not exact marked as such, and pseudo-amounts for mere hints."""
    exact = [
        replace(
            one,
            is_vague=bool(
                _ABOUT.search(text[: one.start]) or _BY.search(text[: one.start]) or _OR_SO.match(text, one.end)
            ),
        )
        for one in found
    ]
    for match in _SEVERAL.finditer(text):
        if _is_reason(text, *_stretch(text, match)):
            continue
        exact = [one for one in exact if not (match.start() <= one.start <= match.end())]
        kind: Kind = next((kind for pattern, kind in _KINDS if re.match(pattern, match["unit"])), "number")
        end = match.end("unit") if kind != "number" else match.end()
        exact.append(Amount(kind, Decimal(1), match.start(), end, "USD" if kind == "money" else "", is_vague=True))
    refused = [one.span() for one in whole("refused").finditer(text)]
    for match in whole("vague_amount").finditer(text):
        if any(start <= match.start() < stop for start, stop in refused):
            continue  # `that is not acceptable`
        start, stop = _stretch(text, match)
        if (
            any(at == match.end() + 1 for at, _, _ in properties_in(text))
            or any(at <= match.start() < end for at, end, _ in properties_in(text))
            or (
                re.fullmatch(says("valued"), match[0])
                and any(kind_of(name).kind == "text" for *_, name in properties_in(text))
            )
        ):
            continue  # `FAIR scheduler mode`
        if not any(start <= one.start < stop for one in exact) and not _is_reason(text, start, stop):
            exact.append(Amount("number", Decimal(1), *match.span(), is_vague=True))
    return sorted(exact, key=lambda one: one.start)


def _stretch(text: str, match: re.Match[str]) -> tuple[int, int]:
    """The clause around a match."""
    start = max(text.rfind(mark, 0, match.start()) for mark in _MARKS)
    return start, min((at for mark in _MARKS if (at := text.find(mark, match.end())) >= 0), default=len(text))


def _is_reason(text: str, start: int, stop: int) -> bool:
    """``it flaps like crazy``, ``they waste a lot of cores``: a clause that limits nothing, beside one that rules."""
    clause = text[max(start, 0) : stop]
    if ": " in clause:  # `forbidden: too many were lost`
        start += len(clause) - len(clause := clause.rsplit(": ", 1)[-1])
    if not whole("deontic").search(text[: max(start, 0)] + text[stop:]) or any(one.search(clause) for one in _LIMITS):
        return False
    return bool(_PRONOUN.match(clause)) or not (properties_in(clause) or any(one.search(clause) for one in _NOUNS))
