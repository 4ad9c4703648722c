"""What a sentence allows and demands: bounds, forbidden and required values, budgets.

A sentence is cut into parts at its commas and conjunctions. Each part has what it speaks of, a direction and a value;
what it leaves out it takes from the part before, and from the one after where that closes the sentence (``4 cores and
16 GB per executor``).
"""

import re
from dataclasses import replace
from decimal import Decimal

from data_contracts.policy_properties import kind_of
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.directions import direction_of
from sparkwright.policy.language.piece import Piece
from sparkwright.policy.language.pieces import (
    RANGE,
    SPAN,
    cut,
    has_verb,
    inherit,
    part_around,
    piece_of,
    share_units,
)
from sparkwright.policy.language.quantities import Amount, plain
from sparkwright.policy.language.rephrased import rephrased
from sparkwright.policy.language.said import Part, Said
from sparkwright.policy.language.spending import CORE_HOURS, MEMORY_HOURS, budget_in_money, budget_over_time
from sparkwright.policy.language.switches import read_switch
from sparkwright.policy.language.targets import (
    part_meant,
    set_bound,
    target_of,
    unit_is_counted,
    unit_of,
    value_of,
)
from sparkwright.policy.language.vocabulary import whole

_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|approx|circa|ca|etwa|ungefahr|environ|unos|unas|aproximadamente|something like|or so)\s*(?:a |an |one )?$"
)


_SEVERAL = re.compile(
    r"\b(?:several|a few|few|some|many|a couple(?: of)?|dozens of|hundreds of|thousands of|a lot of|lots of|a handful of|einige|ein paar|mehrere|quelques|plusieurs|varios|varias|algunos|algunas|unos pocos)\s+(?:\d+ ?|hundred |thousand |dozen )?(?=(?P<unit>executors?|executoren|cores?|cpus?|gb\b|gigs?\b|gigabytes?|mb\b|megabytes?|terabytes?|dollars?|partitions?|minutes?|seconds?|hours?|kerne|executeurs?|ejecutores|nucleos|go\b))"
)


def read_statements(folded: str, said: Said) -> None:
    """Add what a text says, its scope taken out already.

    Args:
        folded: Lower case without accents, numbers in digits.
        said: What was said before; it is added to.
    """
    folded = rephrased(folded)
    text = re.sub(r"\bno (?:limits?|restrictions?) (?:on|for|to)\b[^,.;]*", " ", folded)
    text = re.sub(
        r"(\d+ (?:executors?|executoren|executeurs?|ejecutores)) (?:with|of|having|mit|avec|con|de) (?:je |each |chacun |cada uno )?(?=\d)",
        r"\1 , per executor ",
        text,
    )
    text = SPAN.sub(lambda match: f"between {match[1]}..", text)
    text = RANGE.sub(lambda match: f"between {match[1]}..", text)
    # One or two: both are right, and nothing is between them.
    text = re.sub(
        r"\b(\d+) (?:or|oder|ou|o) (\d+)\b(?!\s*(?:[kmgt]i?b?|gig\w*|meg\w*|or|more|so)\b)",
        lambda match: (
            f"between {match[1]}..{match[2]}"
            if int(match[2]) == int(match[1]) + 1 and not lexicon.NEGATED.search(text[: match.start()])
            else match[0]
        ),
        text,
    )
    named: list[tuple[int, int, str]] = []
    before: list[Piece] = []
    for sentence in re.split(r"\.(?=\s|$)", text):
        pieces = [piece_of(part) for part in cut(sentence) if part.strip()]
        if (
            len(pieces) == 1
            and named
            and not (pieces[0].amounts or pieces[0].properties)
            and has_verb(pieces[0].text)
            and re.search(r"\b(?:it|this|that|them|these)\b", pieces[0].text)
        ):
            pieces[0].properties = [(-1, 0, name) for _, _, name in named]  # `forbid setting it`
            if any(one.amounts for one in before):
                continue  # `This value is mandatory`: of what has one already
        before = pieces
        named = [one for piece in pieces for one in piece.properties]
        inherit(pieces)
        share_units(pieces)
        clauses = [one for one in sentence.split(";") if one.strip()]
        for piece in pieces:
            own = [clause for clause in clauses if piece.text.split(" , ")[0].strip() in clause]
            _read(piece, said, own[0] if len(own) == 1 and len(clauses) > 2 else sentence)


def _read(piece: Piece, said: Said, sentence: str) -> None:
    if match := _SEVERAL.search(piece.text):
        counted = re.match(r"executor|core|cpu|dollar|kerne|executeur|ejecutor|nucleo", match["unit"])
        is_budget = counted and not (match["unit"].startswith(("core", "cpu", "kern")) and piece.entity == "executor")
        said.ask("budgets" if is_budget else "bounds", f"how many exactly are {match[0].strip()!r} {match['unit']}?")
        piece.amounts = [one for one in piece.amounts if one.end <= match.start() or one.start > match.end() + 4]
        if not piece.amounts:
            return
    if not piece.amounts and (some := whole("some_values").search(piece.text)) and lexicon.FORBID.search(piece.text):
        said.ask("forbids", f"which ones are {some[0]!r}?")
        return
    if not piece.amounts:
        if (vague := whole("vague_amount").search(piece.text)) and (part := part_meant(piece)):
            said.ask(part, f"how much exactly is {vague[0].strip()!r}?")
            return
        _read_switches(piece, said, sentence)
        return
    if piece.direction == "range" and len(piece.amounts) >= 2:
        low, high = piece.amounts[0], piece.amounts[1]
        if low.kind == "number" and high.kind in {"size", "time"}:
            # `between 2 and 8 GB`: the unit counts for both.
            unit = high.value / _number_before(piece.text, high)
            low = Amount(high.kind, low.value * unit, low.start, low.end)
        name = target_of(piece, high, said, sentence, "range")
        is_named = any(one == name for _, _, one in piece.properties)
        if name == "spark.dynamicAllocation.maxExecutors" and not is_named:
            set_bound(said, "spark.dynamicAllocation.minExecutors", "min", low)
            set_bound(said, name, "max", high)
        elif name.startswith("budget:"):
            said.ask("bounds", f"a budget has no least: whose are {plain(low.value)} to {plain(high.value)}?")
        elif name:
            set_bound(said, name, "min", low)
            set_bound(said, name, "max", high)
        return
    for amount in piece.amounts:
        _read_amount(piece, amount, said, sentence)


def _number_before(text: str, amount: Amount) -> Decimal:
    match = re.match(r"\d+(?:[.,]\d+)?", text[amount.start : amount.end])
    return Decimal(match[0].replace(",", ".")) if match else Decimal(1)


def _read_amount(piece: Piece, amount: Amount, said: Said, sentence: str) -> None:
    text, direction = piece.text, direction_of(piece, amount)
    piece = part_around(piece, amount)
    if amount.value < 0 and not any(name.endswith("Threshold") for _, _, name in piece.properties):
        said.ask(
            "budgets" if amount.kind == "money" else "bounds",
            f"expected a value above zero, got {text[amount.start - 1 : amount.end]!r}",
        )
        return
    after = text[amount.end : amount.end + 40]
    if _ABOUT.search(text[: amount.start]) or re.match(r"\s*(?:\w+ )?or so\b|\s*-?ish\b", after):
        said.ask(_part_of(piece, amount, sentence), f"how much exactly is {text[amount.start : amount.end]!r}?")
        return
    in_usd = re.search(r"\b(?:usd|us\$|dollars?)\b[^\d]*$", text[: amount.start])
    if amount.kind == "number" and in_usd and not unit_is_counted(unit_of(piece, amount)):
        amount = replace(amount, kind="money", currency="USD")  # `cost in USD: 220`
    if amount.kind == "money":
        budget_in_money(amount, said, (after, text, sentence))
        return
    window = text[amount.start : amount.end + 30]
    if CORE_HOURS.search(window) or (amount.kind == "number" and CORE_HOURS.search(after[:25])):
        value = _number_before(text, amount) if amount.kind == "time" else amount.value
        budget_over_time("core_hours", value, said, (after, text, sentence))
        return
    if MEMORY_HOURS.search(window):
        value = amount.value / 1024**3 if amount.kind == "size" else amount.value
        if amount.kind == "number" and re.match(r"\s*-?t", after):
            value *= 1024
        budget_over_time("memory_gib_hours", value, said, (after, text, sentence))
        return
    if amount.kind == "number" and not unit_is_counted(unit_of(piece, amount)):
        if CORE_HOURS.search(sentence):
            budget_over_time("core_hours", amount.value, said, (after, text, sentence))
            return
        if MEMORY_HOURS.search(sentence):
            budget_over_time("memory_gib_hours", amount.value, said, (after, text, sentence))
            return
    name = said.last = target_of(piece, amount, said, sentence, direction)
    if not name:
        return
    if name.startswith("budget:"):
        value = amount.value / 1024**3 if name == "budget:memory_gib" else amount.value
        if direction in {"under"} and name != "budget:memory_gib":
            value -= 1
        said.budget(name.removeprefix("budget:"), value, "run")
        return
    if kind_of(name).kind == "text":
        # `the image registry.local/spark:3.5`: the number is a part of a word.
        before, behind = re.search(r"\S*$", text[: amount.start]), re.match(r"\S*", text[amount.end :])
        word = (before[0] if before else "") + text[amount.start : amount.end] + (behind[0] if behind else "")
        if len(word) > amount.end - amount.start and re.search(r"[/:]", word):
            if lexicon.FORBID.search(sentence):
                said.forbid(name, word.rstrip(".,;"))
            else:
                said.require(name, word.rstrip(".,;"))
            return
    end = {"max": "max", "under": "max", "min": "min", "over": "min"}.get(direction)
    if end is None and not lexicon.REQUIRE.search(text) and not lexicon.FORBID.search(text):
        # `maxExecutors 15` says by its name which end it is.
        end = {"maxExecutors": "max", "minExecutors": "min"}.get(name.rsplit(".", 1)[-1])
    if end is None:
        if lexicon.FORBID.search(sentence) and not re.search(r"\b(?:must|always|exactly) (?:be|have)\b", text):
            said.forbid(name, value_of(name, amount))
        elif amount.kind == "number" and kind_of(name).kind in {"size", "time"}:
            said.ask(
                "requires" if lexicon.REQUIRE.search(text) else "bounds",
                f"expected a unit: {plain(amount.value)} of what, for {name}?",
            )
        elif lexicon.REQUIRE.search(sentence) or direction == "":
            said.require(name, value_of(name, amount))
        return
    count = kind_of(name).kind == "count"
    if count and direction in {"under", "over"}:
        amount = Amount(amount.kind, amount.value + (1 if direction == "over" else -1), amount.start, amount.end)
    set_bound(said, name, end, amount)


def _part_of(piece: Piece, amount: Amount, sentence: str) -> Part:
    """Whether an amount is of a bound or of a budget."""
    guessed = Said()
    name = target_of(piece, amount, guessed, sentence, piece.direction or "max")
    return "budgets" if amount.kind == "money" or name.startswith("budget:") else "bounds"


def _read_switches(piece: Piece, said: Said, sentence: str) -> None:
    """What is said without a number: switches, words, properties that may not be set."""
    for at, (_, end, name) in enumerate(piece.properties):
        said_of_counts = name == "spark.dynamicAllocation.enabled" and re.search(r"\d|\bunbounded\b", sentence)
        if said_of_counts and not any(one.search(piece.text) for one in (lexicon.ON, lexicon.OFF, lexicon.FORBID)):
            continue
        following = piece.properties[at + 1][0] if at + 1 < len(piece.properties) else len(piece.text)
        read_switch(name, piece.verbs or piece.text, piece.text[end:following], said)
