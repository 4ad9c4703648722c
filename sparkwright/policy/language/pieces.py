"""A sentence in parts: what each speaks of, in which direction, and what it takes from its neighbours."""

import re
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final

from data_contracts.policy_properties import kind_of, known_names
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.piece import Piece
from sparkwright.policy.language.quantities import Amount, amounts
from sparkwright.policy.language.targets import fits_property
from sparkwright.policy.language.vocabulary import whole

_CANONICAL: Final = {name.lower(): name for name in known_names()}


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


_REFUSED = whole("refused")


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


def without_nominal(text: str) -> str:
    """The text without acts that are spoken of: ``switching on speculation`` says nothing yet."""
    return whole("nominal").sub(lambda match: " " * len(match[0]), text)


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
    piece.direction = _direction(piece.text)
    piece.entity = _entity(piece.text)
    return piece


def properties_in(text: str) -> list[tuple[int, int, str]]:
    """The properties that a text names, with their spans; the longest phrase at a place."""
    return list(_properties_in(text))


@lru_cache(256)
def _properties_in(text: str) -> tuple[tuple[int, int, str], ...]:
    found: list[tuple[int, int, str]] = []
    taken = text
    for match in re.finditer(r"(?<![\w.])spark\.[a-z][\w.-]*\w", text):
        found.append((match.start(), match.end(), _CANONICAL.get(match[0], match[0])))
        taken = _blanked(taken, match.start(), match.end())
    # The longest phrase at a place; of equals the one that comes first in the files.
    phrases = [
        (match.start() - match.end(), order, match.span(), name)
        for order, (pattern, name) in enumerate(lexicon.PROPERTIES)
        for match in pattern.finditer(taken)
    ]
    for _, _, (start, end), name in sorted(phrases):
        if all(end <= begin or stop <= start for begin, stop, _ in found):
            found.append((start, end, name))
    return tuple(sorted(found))


def _direction(text: str) -> str:
    """By the words around names of properties, else by those within: ``the maximum result size``."""
    masked = text
    named = properties_in(text)
    if any(kind_of(name).kind == "time" for _, _, name in named):
        masked = text = re.sub(r"(\d ?)min\b", r"\1ppp", text)  # minutes, no minimum
    for start, end, _ in named:
        masked = f"{masked[:start]}{'p' * (end - start)}{masked[end:]}"
    return _direction_of(masked) or _direction_of(text) or ("max" if whole("capped_by_noun").search(text) else "")


def _direction_of(text: str) -> str:
    if re.search(r"\bbetween\b.*\.\.", text):
        return "range"
    most, least = lexicon.MAX.search(text), lexicon.MIN.search(text)
    if least and least[0].startswith("or ") and _REFUSED.search(text, least.end()):
        return "under"  # `16 cores or more are not allowed`
    negated = lexicon.NEGATED.search(text)
    if (
        least
        and (not most or least.start() <= most.start() or least.end() >= most.end())
        and not _is_inside(least, most)
    ):
        return "min"
    if most and not (lexicon.STRICT_MIN.search(text) and not negated and most[0] in {"limit", "only"}):
        return "max"
    if strict := lexicon.STRICT_MAX.search(text):
        refused = _REFUSED.search(text, strict.end())
        return "min" if refused or (negated and negated.start() < strict.start()) else "under"
    if strict := lexicon.STRICT_MIN.search(text):
        return "max" if negated or _REFUSED.search(text, strict.end()) else "over"
    return ""


def direction_of(piece: Piece, amount: Amount) -> str:
    """The direction of one amount of several: by what stands around it, and what is denied before all of them."""
    if len(piece.amounts) < 2:
        return piece.direction
    at = piece.amounts.index(amount)
    start = piece.amounts[at - 1].end if at else 0
    end = piece.amounts[at + 1].start if at + 1 < len(piece.amounts) else len(piece.text)
    behind = re.match(
        r"[^,]*?(?=\b(?:or|and|nor|but|und|oder|et|ou|y|o)\b (?!(?:more|less|fewer|higher|lower|larger|smaller|above|below)\b(?! (?:than|\d)))|,|$)",
        piece.text[amount.end :],
    )
    local = piece.text[start : amount.end] + (behind[0][: end - amount.end] if behind else "")
    denied = at and lexicon.NEGATED.search(piece.text[:start]) and not lexicon.NEGATED.search(local)
    return _direction(f"not {local}" if denied else local) or piece.direction


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


def _is_inside(one: re.Match[str], other: re.Match[str] | None) -> bool:
    return other is not None and other.start() <= one.start() and one.end() <= other.end() and one[0] != other[0]


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
        if name.startswith("spark.executor.memoryOverhead") and not re.search(rf"\b{lexicon.EXECUTOR}\b|spark\.", piece.text[max(start, 0) : end])
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


def _blanked(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{' ' * (end - start)}{text[end:]}"


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
