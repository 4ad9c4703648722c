"""A sentence in parts: what each speaks of, in which direction, and what it takes from its neighbours."""

import re
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from sparkwright.policy.language import lexicon
from sparkwright.policy.language.directions import direction_in
from sparkwright.policy.language.named import properties_in, without_nominal
from sparkwright.policy.language.piece import Piece
from sparkwright.policy.language.quantities import Amount, amounts
from sparkwright.policy.language.targets import fits_property

_EXECUTOR = re.compile(
    r"\b(?:executors?|executoren|executeurs?|ejecutor(?:es)?|executor's|executores|esecutori|workers?)\b"
)


_FIXED = re.compile(
    r"\b(?:must|exactly|always|has to be|have to be|fixed|equals?|genau|exactement|exactamente|immer|toujours|siempre)\b|(?<![<>])="
)
_EACH = re.compile(r"\b(?:each|apiece)\b(?! (?:spark )?(?:application|job|run|user|driver|team|queue|day|week|month))")


_DRIVER = re.compile(r"\b(?:drivers?|treiber|pilotes?|controlador(?:es)?)\b")


_TASK = re.compile(r"\btasks?\b")


_SPLIT = re.compile(
    r"\s*(?:;|&|&|\.(?=\s|$)|,(?=\s)|\n|\b(?:and|but|while|whereas|(?<!au )plus(?! (?:de|que|d')\b)|as well as|und|aber|sowie|et|mais|ainsi que|y|pero|with|mit|avec|con|also|then)\b)\s*"
)


SPAN = re.compile(
    r"(?<![\w.\-:/])(?:between )?(\d+(?:[.,]\d+)?(?: ?(?:[kmgt]i?b?|gigs?|gigabytes?|megs?|megabytes?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b)?) ?(?:-|–|\.{2,3}|[~〜～]|\b(?:up )?to\b|\bbis\b) ?(?=\d+(?:[.,]\d+)?(?! ?(?:am|pm|uhr)\b|[:\d-]))"
)


RANGE = re.compile(
    r"\b(?:between|within|from|zwischen|von|entre|de|desde|in the range(?: of)?|range)\s+(\S+(?: \w+)?)\s+(?:and|up to|to|through|und|bis(?: zu)?|et|a|y|hasta)\s+(?=\$?\d)"
)


def cut(sentence: str) -> list[str]:
    """Parts of a sentence; one without a value or a subject of its own stays with the one before."""
    clauses = [one for one in sentence.split(";") if one.strip()]
    if len(clauses) > 1 and all(amounts(one) for one in clauses):
        # Each says something of its own: `per week 250; per run 9`.
        return [part for clause in clauses for part in cut(clause)]
    parts: list[str] = []
    denied = ""
    for part in _SPLIT.split(sentence):
        if part is None or not part.strip():
            continue
        part, denied = denied + part, ""
        if match := re.search(r"\b(?:nor|noch|ni)\s*$", part):
            part, denied = part[: match.start()], "nor "  # `nor with more than`
            if not part.strip():
                continue
        bare = without_nominal(part)
        has_value = bool(amounts(part)) or bool(lexicon.ON.search(bare) or lexicon.OFF.search(bare))
        has_subject = bool(properties_in(part)) or bool(_EXECUTOR.search(part) or _DRIVER.search(part))
        if (parts and not (has_value or (has_subject and _is_whole(parts[-1])))) or (
            parts and not _is_whole(parts[-1]) and not (has_value and has_subject and _is_about(parts[-1]))
        ):
            parts[-1] += f" , {part}"
        else:
            parts.append(part)
    return parts


def _is_about(part: str) -> bool:
    """Whether a part says something, if only loosely, of a subject of its own."""
    has_subject = properties_in(part) or _EXECUTOR.search(part) or _DRIVER.search(part)
    return bool(has_subject and re.search(r"\b(?:have|has|use|may|can|get|want|are|is|be|take)\b", part))


def _is_whole(part: str) -> bool:
    """Whether a part says something by itself."""
    bare = without_nominal(part)
    return bool(amounts(part)) or bool(
        properties_in(part)
        and (
            lexicon.ON.search(bare)
            or lexicon.OFF.search(bare)
            or lexicon.FORBID.search(bare)
            or lexicon.REQUIRE.search(bare)
        )
    )


def piece_of(text: str) -> Piece:
    """The part as it says by itself."""
    piece = Piece(text, amounts(text.replace("..", " .. ")), properties_in(text))
    piece.text = text.replace("..", " .. ")
    piece.properties = properties_in(piece.text)
    piece.direction = direction_in(piece.text)
    piece.entity = _entity(piece.text)
    return piece


def part_around(piece: Piece, amount: Amount) -> Piece:
    """What is said around one amount of several: its own subject, where it has one."""
    if len(piece.amounts) < 2:
        return piece
    at = piece.amounts.index(amount)
    start = piece.amounts[at - 1].end if at else 0
    end = piece.amounts[at + 1].start if at + 1 < len(piece.amounts) else len(piece.text)
    entity = _entity(piece.text[start : amount.end]) or piece.entity
    mine = [one for one in piece.properties if start <= one[0] < end]
    return replace(piece, entity=entity, properties=mine or piece.properties)


def _entity(text: str) -> str:
    # `10 executors` counts them; what else is said is not said of one of them.
    text = re.sub(r"\b\d+ (?:\w+ )?(?:executors?|executoren|executeurs?|ejecutores)\b", " ", text)
    executor, driver, task = _EXECUTOR.search(text), _DRIVER.search(text), _TASK.search(text)
    if not driver and not executor and not task and _EACH.search(text):
        return "executor"
    if driver and not executor:
        return "driver"
    if executor and not driver:
        return "executor"
    if executor and driver:
        return (
            "both"
            if re.search(
                r"drivers? (?:and|or|und|/|,|et|y) executors?|executors? (?:and|or|und|/|,|et|y) (?:the )?drivers?",
                text,
            )
            else "executor"
        )
    return "task" if task else ""


def inherit(pieces: list[Piece]) -> None:
    """Let parts of one sentence take from their neighbours what they leave out."""
    for at, piece in enumerate(pieces):
        before = pieces[at - 1] if at else None
        if not piece.direction and before is not None and piece.amounts and not piece.properties[:0]:
            piece.direction = before.direction if not _FIXED.search(piece.text) else ""
        piece.verbs = piece.text
        if before is not None and not piece.amounts and piece.properties and not has_verb(piece.text):
            # `enable this and that`
            piece.verbs = f"{before.verbs} {piece.text}"
        if before is not None and not piece.amounts and not piece.properties:
            # `it may not be switched off`
            piece.properties = [(-1, 0, name) for _, _, name in before.properties[-1:]]
        _of_the_driver(piece, before)
        if piece.entity or piece.properties or before is None:
            continue
        # What the part before is about goes on where its values are of the same sort.
        piece.entity = before.entity
        same = before.amounts and piece.amounts and piece.amounts[0].kind == before.amounts[0].kind
        fits = (
            not before.amounts
            and piece.amounts
            and before.properties
            and fits_property(before.properties[-1][2], piece.amounts[0])
        )
        # `overhead 1g, heap 4g`: what has a name of its own is not what came before.
        is_plain = not before.properties or re.search(r"\.(?:memory|cores)$", before.properties[-1][2])
        is_other = re.search(rf"\b(?:{lexicon.MEMORY}|{lexicon.CORE})\b", piece.text) and not is_plain
        if is_other and not piece.entity and before.properties[-1][2].startswith(("spark.executor.", "spark.driver.")):
            piece.entity = before.properties[-1][2].split(".")[1]
        if (same or fits) and not is_other:
            piece.properties = [(-1, 0, name) for _, _, name in before.properties[-1:]]
    is_closed = False
    for at in range(len(pieces) - 2, -1, -1):
        piece, after = pieces[at], pieces[at + 1]
        if not piece.direction and after.direction and piece.amounts and not _FIXED.search(piece.text):
            piece.direction = after.direction
        same = piece.amounts and after.amounts and piece.amounts[0].kind == after.amounts[0].kind == "size"
        if same and not piece.entity and not piece.properties:
            # `six GB is the floor and twelve GB the ceiling for driver memory`
            piece.entity = after.entity
            piece.properties = [(-1, 0, name) for _, _, name in after.properties[:1]]
        closes = re.search(
            r"\b(?:per|each|apiece|for (?:every|each|an|a|one|any)|in an|of an|pro|je|par|por|cada) ?(?:executor|ejecutor|executeur|driver)?\w*",
            after.text,
        )
        # `at least 1 core, at most 4 cores, per driver` closes both.
        is_closed = bool(closes) or (is_closed and same_kind(piece, after))
        is_of_run = re.search(r"\b(?:applications?|jobs?|runs?)\b", piece.text)
        if not piece.entity and after.entity and is_closed and not piece.properties and piece.amounts and not is_of_run:
            piece.entity = after.entity


def _of_the_driver(piece: Piece, before: Piece | None) -> None:
    """``the driver needs 4 GB heap and 1 GB overhead``: whose overhead it is stands before."""
    entity = piece.entity or (before.entity if before else "")
    if entity != "driver":
        return
    piece.properties = [
        (start, end, name.replace("spark.executor.", "spark.driver."))
        if name.startswith("spark.executor.memoryOverhead")
        and not re.search(rf"\b{lexicon.EXECUTOR}\b|spark\.", piece.text[max(start, 0) : end])
        else (start, end, name)
        for start, end, name in piece.properties
    ]


def same_kind(one: Piece, other: Piece) -> bool:
    """Whether two parts have amounts of the same kind."""
    return bool(one.amounts and other.amounts and one.amounts[0].kind == other.amounts[0].kind)


def has_verb(text: str) -> bool:
    """Whether a text forbids, requires, or switches something."""
    text = without_nominal(text)
    patterns = (lexicon.FORBID, lexicon.REQUIRE, lexicon.ON, lexicon.OFF)
    return any(pattern.search(text) for pattern in patterns)


def share_units(pieces: list[Piece]) -> None:
    """``never under 2 and never over 16 GB``, ``at least 2 minutes, at most 15``: the unit counts for both."""
    for piece, after in pairwise(pieces):
        if not (len(piece.amounts) == len(after.amounts) == 1) or piece.direction == after.direction:
            continue
        bare, other = (piece, after) if piece.amounts[0].kind == "number" else (after, piece)
        number, amount = bare.amounts[0], other.amounts[0]
        digits = re.match(r"\d+(?:[.,]\d+)?", other.text[amount.start : amount.end])
        if number.kind != "number" or amount.kind not in {"size", "time"} or digits is None:
            continue
        if re.match(r"\W*\w", bare.text[number.end :]) or number.value < 0:
            continue
        if re.search(rf"\b{lexicon.CORE}\b|\bfactor\b", bare.text):
            continue  # a count of its own
        unit = amount.value / Decimal(digits[0].replace(",", "."))
        bare.amounts = [replace(number, kind=amount.kind, value=number.value * unit)]
        if not bare.entity and not bare.properties:
            bare.entity = other.entity
            bare.properties = [(-1, 0, name) for _, _, name in other.properties[:1]]
