"""Names of queues, teams, users and workloads: which words are names, and what was found of them."""

import re
from dataclasses import dataclass, field

from sparkwright.policy.language.lexicon import STOP
from sparkwright.policy.language.scope_words import AND, ARTICLES, NAME, PLATFORM_WORDS
from sparkwright.policy.language.vocabulary import compiled, literals, whole


@dataclass(slots=True)
class Whom:
    """What a sentence says of its scope.

    Attributes:
        names: By list of the schema, in the order of the text.
        text: The sentence with what was understood blanked out; as long as it was.
        unclear: What is said of the scope and cannot be decided, in words.
    """

    text: str
    names: dict[str, list[str]] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)


def names_in(text: str, written: str, start: int, end: int, *, from_end: bool) -> tuple[list[str], int, int]:
    """The names of a list that are names, and their span: from its start, or back from its end."""
    pieces = list(re.finditer(NAME, text[start:end]))
    if from_end:
        pieces.reverse()
    names: list[str] = []
    is_closed = False  # by `and`
    spans: list[tuple[int, int]] = []
    for piece in pieces:
        word = piece[0].strip("'\"`“”‘’„«» ")
        if word in {"and", "or", "und", "oder", "et", "ou", "y", "o", "as", "well", "the", "sowie"}:
            if spans or not from_end:
                continue
            break
        if re.match(r"'t\b", text[start + piece.end() :]):
            break  # don't
        if not _is_name(word, quoted=piece[0][0] in "'\"`“‘„«"):
            break
        # Of a list before its noun the words have to be joined: `the big etl queue` names one.
        if from_end and spans and not re.search(rf"{AND}$|,\s*$", text[start + piece.end() : spans[-1][0]]):
            break
        joint = text[spans[-1][1] : start + piece.start()] if spans and not from_end else ""
        if not from_end and spans and not re.fullmatch(rf"{AND}(?:the )?", joint):
            break
        if (
            joint.strip() == ","
            and not is_marked(word)
            and re.match(r" (?!(?:and|or|und|oder|sowie|et|ou|y|o|as|&)\b)\w", text[start + piece.end() :])
        ):
            break  # `queues q1 and q2, compress with zstd`
        is_closed = is_closed or bool(re.search(r"\w|&", joint))
        if (
            "," in joint
            and not is_marked(word)
            and re.match(r" (?:from|of|by|via|through)\b", text[start + piece.end() :])
        ):
            break  # `for team ads, and killing from the ui ...`
        names.append(written[start + piece.start() : start + piece.end()].strip("'\"`“”‘’„«» "))
        spans.append((start + piece.start(), start + piece.end()))
    if from_end:
        names.reverse()
    if not spans:
        return [], start, end
    return names, min(one for one, _ in spans), max(one for _, one in spans)


def is_marked(word: str) -> bool:
    """Whether a word is written as no word of everyday is."""
    return bool(re.search(r"[\d_*/.@-]", word))


def _is_name(word: str, *, quoted: bool) -> bool:
    if quoted:
        return bool(word)
    bare = word.removesuffix("'s").rstrip(".,:;")
    return (
        bool(bare)
        and bare not in STOP
        and bare not in ARTICLES
        and not re.fullmatch(r"[\d.,:]+\w{0,3}", bare)
        and not re.fullmatch(r"\d\d?:\d\d.*|-+|\d+-\d+", bare)
        and not bare.startswith("spark.")
    )


def add(found: Whom, kind: str, name: str) -> None:
    """Add a name once."""
    listed = found.names.setdefault(kind, [])
    if name not in listed:
        listed.append(name)


def blank(found: Whom, start: int, end: int) -> None:
    """Blank out what was understood."""
    found.text = f"{found.text[:start]}{' ' * (end - start)}{found.text[end:]}"


def is_heading(match: re.Match[str]) -> bool:
    """Whether a noun before a colon has its name already, or the colon begins what holds: ``adhoc queue: spill ...``."""
    before = re.search(r"(\S+) $", match.string[: match.start()])
    if before and before[1][-1] not in ".,;:!?" and before[1] not in STOP | ARTICLES:
        return True
    first = re.match(r"[a-z]+(?= \w)", match[1] + match.string[match.end(1) :])
    return first is not None and first[0] in literals("properties", "parts", "cues")


def of_any_queue(found: Whom) -> None:
    """``jobs named nightly, in any queue``: workload ids are queue/user/name."""
    match = whole("any_queue").search(found.text)
    if match and found.names.get("workloads"):
        found.names["workloads"] = [name if "/" in name else f"*/{name}" for name in found.names["workloads"]]
        blank(found, match.start(), match.end())


def take_platforms(found: Whom) -> None:
    """Take the platforms out of the text."""
    for platform, pattern in PLATFORM_WORDS.items():
        for match in list(
            compiled(rf"(?:\b(?:on|under|in|auf|sur|en|for|with) )?(?:the )?{pattern}(?: clusters?)?").finditer(
                found.text
            )
        ):
            listed = found.names.setdefault("platforms", [])
            if platform not in listed:
                listed.append(platform)
            blank(found, match.start(), match.end())
