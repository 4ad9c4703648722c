"""What is said of properties without an amount: switched on or off, forbidden, required, or a word as value."""

import re
from collections.abc import Iterable

from data_contracts.policy_properties import kind_of
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.frames import Item
from sparkwright.policy.language.ground import Ground, Span
from sparkwright.policy.language.named import without_nominal
from sparkwright.policy.language.said import Said
from sparkwright.policy.language.switches import read_switch, without_on
from sparkwright.policy.language.vocabulary import cued, whole

_NEITHER = re.compile(r"\b(neither|nor|weder|noch|ni)\W+(?:\w+\W+){0,2}$")
_BREAK = re.compile(r"[.;!?\n](?=\s|$)|,(?=\s)|\b(?:and|but|or|nor|while|whereas|und|aber|oder|sowie|et|mais|ou|ni|y|pero|o|plus|also|then)\b|[()]|:(?=\s)|\s[-–—+]\s")


def verdicts(ground: Ground, used: Iterable[Span], items: list[Item], said: Said) -> None:
    """Add what is said of the properties that no amount is said of."""
    taken = set(used)
    properties = [one for one in ground.properties if one not in taken]
    chunks = _chunks(ground, taken, [one.span for one in items])
    for one in properties:
        nominal = [chunk for chunk in chunks if chunk.kind == "nominal" and chunk.end <= one.start and _is_beside(ground, chunk, one)]
        beside = [chunk for chunk in chunks if chunk.kind in {"chunk", "half"} and _is_beside(ground, chunk, one)]
        costs = sorted((_cost(ground, one, chunk, properties, chunks), chunk.start, chunk) for chunk in chunks if chunk.kind == "chunk")
        if costs and costs[0][0] < 4.5:
            best = costs[0][2]
            verbs = [*nominal, *(beside if best in beside else [best])]
        elif nominal or beside:
            verbs = [*nominal, *beside]
        elif kind_of(one.name).kind == "text":
            verbs = []  # `compress with zstd: spark.io.compression.codec`
        else:
            continue
        verb = " ".join(chunk.name for chunk in sorted(verbs, key=lambda chunk: chunk.start))
        text = ground.text[one.start : one.end]
        is_act = _is_clear(verb) and (cued("set_by").search(verb) or whole("refused").search(verb))
        if kind_of(one.name).is_numeric and not text.startswith("spark.") and ground.amounts and not is_act:
            continue  # `stop parking idle executors`
        if one.name == "spark.dynamicAllocation.enabled" and ground.amounts and not (
            _is_clear(verb) or cued("duties").search(verb)
        ):
            continue
        around = _values_around(ground, one)
        if (some := whole("some_values").search(around)) and lexicon.FORBID.search(around):
            said.ask("forbids", f"which ones are {some[0]!r}?")
            continue
        if denied := _NEITHER.search(ground.text[: one.start]):
            verb = f"{denied[1]} {verb}"
        following = min((other.start for other in ground.properties if other.start >= one.end), default=len(ground.text))
        read_switch(one.name, f"{text} {verb}", ground.text[one.end : following], said, around)
    _of_pronouns(ground, chunks, said)
    for one in taken:
        if one.name in lexicon.SWITCH_OF:
            for chunk in chunks:
                if _is_beside(ground, chunk, one) and lexicon.ON.search(without_on(chunk.name)):
                    read_switch(one.name, chunk.name, "", said)


def _of_pronouns(ground: Ground, chunks: list[Span], said: Said) -> None:
    """``it may not be switched off``: of what was named last."""
    for chunk in chunks:
        named = [one for one in ground.properties if one.end <= chunk.start and ground.cost(one, chunk) < 5]
        if named and re.match(r"(?:it|this|that|they|these|those|es|sie|il|elle|ils|ello)\b", chunk.name):
            if not _is_clear(chunk.name):
                continue
            after = [one for one in ground.properties if one.start >= chunk.end and ground.cost(one, chunk) < 0.4]
            if not after:
                read_switch(named[-1].name, chunk.name, "", said)


def _is_beside(ground: Ground, chunk: Span, one: Span) -> bool:
    """Whether nothing stands between them."""
    return not ground.between(chunk, one).strip(" '\"`")


def _is_clear(text: str) -> bool:
    return bool(lexicon.ON.search(without_on(text)) or lexicon.OFF.search(text) or lexicon.FORBID.search(text) or cued("denied").search(text))


def _chunks(ground: Ground, used: set[Span], items: list[Span]) -> list[Span]:
    """Stretches between borders, properties and amounts that forbid, require or switch.

    What leads up to an amount, or to a property of which one is said, belongs to the amount.
    """
    text = ground.text
    cuts = [(len(text), len(text), "")]
    cuts += [(one.start, one.end, "used" if one in used else "") for one in ground.properties]
    cuts += [(one.start, one.end, "used") for one in items]
    cuts += [(*one.span(), "") for one in _BREAK.finditer(text)]
    cuts.sort()
    found: list[Span] = []
    at, before = 0, ""
    for start, end, kind in cuts:
        if start > at:
            stretch = text[at:start]
            bare = without_nominal(stretch)
            is_switch = lexicon.ON.search(without_on(stretch)) or lexicon.OFF.search(stretch)
            says_it = lexicon.FORBID.search(stretch) or lexicon.REQUIRE.search(stretch) or cued("denied").search(stretch)
            if is_switch or (says_it and kind != "used" and before != "used"):
                says_more = any(one.search(bare) for one in (lexicon.FORBID, lexicon.REQUIRE, lexicon.OFF, cued("denied")))
                kind_of_chunk = "chunk" if says_more or lexicon.ON.search(without_on(bare)) else "nominal"
                found.append(
                    Span(at + len(stretch) - len(stretch.lstrip()), at + len(stretch.rstrip()), kind_of_chunk, stretch.strip())
                )
            elif bare != stretch:
                found.append(Span(at + len(stretch) - len(stretch.lstrip()), at + len(stretch.rstrip()), "nominal", stretch.strip()))
            elif re.search(r"\b(?:leave|alone)\b", stretch):
                found.append(Span(at + len(stretch) - len(stretch.lstrip()), at + len(stretch.rstrip()), "half", stretch.strip()))
        if end > at:
            at, before = end, kind
    return found


def _cost(ground: Ground, one: Span, chunk: Span, properties: list[Span], chunks: list[Span]) -> float:
    low, high = min(one.end, chunk.end), max(one.start, chunk.start)
    cost = ground.cost(one, chunk)
    cost += 0.15 * sum(low <= other.start < high for other in properties if other != one)
    cost += 0.6 * sum(low <= other.start < high for other in chunks if other != chunk and other.start >= low)
    if chunk.start < one.start:
        cost += 0.25
    if not _is_clear(chunk.name):
        cost += 0.5
    return cost


def _values_around(ground: Ground, one: Span) -> str:
    """The sentence around a property, where its value may stand."""
    start = max((match.end() for match in re.finditer(r"[.;](?=\s)", ground.text[: one.start])), default=0)
    match = re.compile(r"[.;](?=\s|$)").search(ground.text, one.end)
    return ground.text[start : match.start() if match else len(ground.text)]
