"""Names of queues, teams, users and workloads: which words are names, and what was found of them."""

import re
from dataclasses import dataclass, field
from typing import Final

from sparkwright.parsing.stretches import blanked
from sparkwright.policy.language.lexicon import STOP
from sparkwright.policy.language.scope.words import AND, ARTICLES, NAME, PLATFORM_WORDS
from sparkwright.policy.language.vocabulary import compiled, literals, mixed, whole
from sparkwright.policy.language.vocabulary import names as name_words

_GOES_ON: Final = (
    "and|or|und|oder|sowie|et|ou|y|o|as|&|may|must|can|cannot|get|gets|are|have|should|shall|will|need|darf|durfen|mussen|peuvent"
    "|doivent|pueden|deben"
)
"""What may stand behind the last name of a list: another one, or what is said of all."""
_CLOSED: Final = re.compile(
    r"\s*(?:[.:;)\]|](?!\w)|$)|\s+(?:may|must|can|cannot|should|shall|will|is|are|has|have|gets?|at (?:most|least)|never|only"
    r"|needs?|uses?|and|or|darf|durfen|muss|mussen|peut|peuvent|puede|pueden|debe|deben)\b"
)
_DETERMINED: Final = re.compile(r"\b(?:the|our|your|my|this|that|a|an|each|every|any|no) (?:\w+ )?$")
_OWNED: Final = re.compile(
    rf"(?<!\bon )(?<!\bin )(?<!\bfor )(?<!\bunder )\b(?:{mixed('place_of')}) (?:\w+ )?$|\b(?:{mixed('owning')}) (?:\w+ )?$"
)


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
        is_before = from_end and not spans and word in name_words("before")  # `the night queue`
        if not is_before and not _is_name(word, quoted=piece[0][0] in "'\"`“‘„«"):
            break
        # Of a list before its noun the words have to be joined: `the big etl queue` names one.
        if from_end and spans and not re.search(rf"{AND}$|,\s*$", text[start + piece.end() : spans[-1][0]]):
            break
        joint = text[spans[-1][1] : start + piece.start()] if spans and not from_end else ""
        if not from_end and spans and not re.fullmatch(rf"{AND}(?:the )?", joint):
            break
        if (
            joint.strip() in {",", ", the"}
            and not is_marked(word)
            and (
                re.match(rf" (?!(?:{_GOES_ON})\b)\w", text[start + piece.end() :])
                or word in literals("says", "cues")
                or (is_marked(names[0]) and not re.match(rf" (?:{_GOES_ON})\b|,", text[start + piece.end() :]))
            )
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


def is_description(match: re.Match[str], names: list[str], end: int, *, from_end: bool) -> bool:
    """Whether a plain word beside its noun says what they do, or which sort they are: ``users starve``, ``student accounts``.

    Args:
        match: The noun and the words beside it.
        names: What was taken for names.
        end: One past the last of them.
        from_end: Whether the noun stands behind them.
    """
    name, text = names[0].lower() if from_end else names[0], match.string
    if len(names) > 1 or not name.islower() or is_marked(name.replace("-", "")) or not name.replace("-", "").isalpha():
        return False
    noun = text[match.end(1) : match.end()] if from_end else text[match.start() : match.start(1)]
    noun = re.sub(r"'s?$", "", noun.strip(" -"))
    is_plural = noun.endswith(("s", "people"))
    if re.search(r"[\"`=:]|\b(?:is|are|es|est|ist)$", noun):
        return False
    if from_end:
        return is_plural
    if noun == "people":
        return True
    is_closed = bool(_CLOSED.match(text, end))
    is_past = name.endswith("ed") and text[end : end + 1] != "," and bool(_DETERMINED.search(text[: match.start()]))
    return not is_closed and (is_plural or is_past)


def is_head(kind: str, name: str) -> bool:
    """Whether a word makes another one of its noun: ``user guide``, ``team lead``."""
    return f"{kind}-{name.lower()}" in name_words("heads")


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
    found.text = blanked(found.text, start, end)


def is_heading(match: re.Match[str]) -> bool:
    """Whether a noun before a colon has its name already, or the colon begins what holds: ``adhoc queue: spill ...``."""
    before = re.search(r"(\S+) $", match.string[: match.start()])
    if before and before[1][-1] not in ".,;:!?|#>" and before[1] not in STOP | ARTICLES:
        return True
    first = re.match(r"[a-z]+(?= \w)", match[1] + match.string[match.end(1) :])
    return first is not None and first[0] in literals("properties", "parts", "cues")


def of_any_queue(found: Whom) -> None:
    """``jobs named nightly, in any queue``: workload ids are queue/user/name."""
    match = whole("any_queue").search(found.text)
    if match and found.names.get("workloads"):
        found.names["workloads"] = [name if "/" in name else f"*/{name}" for name in found.names["workloads"]]
        blank(found, match.start(), match.end())


def take_platforms(found: Whom, ruling: str) -> None:
    """Take the platforms out of the text; ``we share one YARN cluster`` says where, and not for whom.

    Args:
        found: Its text loses the platforms.
        ruling: The text without the clauses that tell what happened; empty where the rule refers back to them.
    """
    for platform, pattern in PLATFORM_WORDS.items():
        for match in list(
            compiled(rf"(?:\b(?:on|under|in|auf|sur|en|for|with) )?(?:the )?{pattern}(?: clusters?)?").finditer(
                found.text
            )
        ):
            if not ruling or (ruling[match.start() : match.end()].strip() and not _is_place(ruling, match)):
                add(found, "platforms", platform)
            blank(found, match.start(), match.end())


def _is_place(text: str, match: re.Match[str]) -> bool:
    """``shares one YARN cluster``: a cluster that one has."""
    before = text[: match.start()]
    is_owned = match[0].endswith(("cluster", "clusters")) and _OWNED.search(before)
    return bool(is_owned or (before.endswith("cluster (") and text[match.end() : match.end() + 1] == ","))
