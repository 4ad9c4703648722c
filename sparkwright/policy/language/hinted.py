"""Amounts that are only hinted at: ``about 8 GB``, ``a few cores``, ``a reasonable limit``."""

import re
from dataclasses import replace
from decimal import Decimal

from data_contracts.policy_properties import kind_of
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.quantities import Amount, Kind
from sparkwright.policy.language.vocabulary import mixed, says, whole

_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|approx|circa|ca|etwa|ungefahr|environ|unos|unas|aproximadamente|something like|or so)\s*(?:a |an |one )?$"
)
_BY = re.compile(r"\b(?:rais|increas|lower|reduc|extend|cut|grow|shrink)\w*\b[^.;]*\bby\s+$")
_OR_SO = re.compile(r"\s*(?:\w+ )?or so\b|\s*-?ish\b")
_SEVERAL = re.compile(mixed("several"))
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
        exact = [one for one in exact if not (match.start() <= one.start <= match.end())]
        kind: Kind = next((kind for pattern, kind in _KINDS if re.match(pattern, match["unit"])), "number")
        end = match.end("unit") if kind != "number" else match.end()
        exact.append(Amount(kind, Decimal(1), match.start(), end, "USD" if kind == "money" else "", is_vague=True))
    refused = [one.span() for one in whole("refused").finditer(text)]
    for match in whole("vague_amount").finditer(text):
        if any(start <= match.start() < stop for start, stop in refused):
            continue  # `that is not acceptable`
        start = max(text.rfind(mark, 0, match.start()) for mark in (". ", "; ", "\n", ", "))
        stop = min(
            (at for mark in (". ", "; ", "\n", ", ") if (at := text.find(mark, match.end())) >= 0), default=len(text)
        )
        if (
            any(at == match.end() + 1 for at, _, _ in properties_in(text))
            or any(at <= match.start() < end for at, end, _ in properties_in(text))
            or (
                re.fullmatch(says("valued"), match[0])
                and any(kind_of(name).kind == "text" for *_, name in properties_in(text))
            )
        ):
            continue  # `FAIR scheduler mode`
        if not any(start <= one.start < stop for one in exact):
            exact.append(Amount("number", Decimal(1), *match.span(), is_vague=True))
    return sorted(exact, key=lambda one: one.start)
