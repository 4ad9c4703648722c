"""What a text says, in the words that the grammar knows: asides out, forms as sentences, corrections in their place."""

import re
from collections import Counter
from functools import cache
from typing import Final

from data_contracts.properties.policy import known_names
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.scope.words import NAME, NOUNS
from sparkwright.policy.language.vocabulary import compiled, cued, mixed, mixed_list, part, says, whole
from sparkwright.requirements.text.text import fold

_NOT: Final = re.compile(
    r"\b(must|should|could|would|do|does|did|is|are|was|has|have|ca|may|need|might|had)(?:n't|nt(?! l[ae]s?\b))\b",
    re.IGNORECASE,
)
_ASIDES: Final = tuple(
    re.compile(pattern, re.IGNORECASE) for pattern in (*mixed_list("asides"), rf"\b(?:{says('anytime')})\b")
)
"""Orders to whoever reads the text, what was and does not hold, courtesies, and when it holds where it always does."""
_MACHINES: Final = re.compile(mixed("machines"), re.IGNORECASE)
_QUESTION: Final = re.compile(r"(?:^|(?<=[.!?\"”\n] ))[^.!?\n]*\?")
_HEADING: Final = re.compile(r"(?:^|(?<=[.!?\n] ))(?:[^\W\d][\w'-]*+[ ]?){1,3}\?(?= \S)")
_TOPIC: Final = re.compile(
    rf"\b(?:{part('executor')}|{part('driver')}|{part('memory')}|{part('core')}|parquet|orc|codecs?)\b"
)
_ASKED: Final = re.compile(rf"\W*(?:(?:{says('asked_first')})\W+)+")
_COUNTS: Final = re.compile(r"many\b|viele\b|combien|cuant[oa]s")
_ANSWER: Final = re.compile(
    r"\W*(?:(?!(?:we|i|they|it|he|she|our|wir|nous|on|nosotros) )[^\W\d]+ ){0,3}[$€£]?\d", re.IGNORECASE
)
_WHOM: Final = re.compile(rf"\b(?:{'|'.join(NOUNS.values())})\b")
_REQUEST: Final = re.compile(rf"\W*(?:{says('asks_for')})\b(?: (?:some|any)(?:body|one)\b)?")
_FORM: Final = {
    "exec": "executor", "execs": "executors", "executors": "executors", "executor": "executor", "driver": "driver",
    "cores": "cores", "core": "cores", "mem": "memory", "memory": "memory", "max": "max", "min": "min", "per": "per",
    "day": "day", "week": "week", "month": "month", "run": "run", "job": "run", "usd": "usd", "gb": "gb",
    "gib": "gib", "budget": "budget", "cost": "cost", "daily": "daily", "weekly": "weekly", "monthly": "monthly",
    "limit": "limit", "cap": "cap", "count": "count", "overhead": "overhead", "hours": "hours", "spend": "spend",
    "shuffle": "shuffle", "partitions": "partitions", "total": "total", "dynamic": "dynamic", "allocation": "allocation",
    "heap": "heap", "size": "size", "idle": "idle", "timeout": "timeout", "result": "result", "dollars": "dollars",
}  # fmt: skip
"""Parts of keys such as ``exec_mem_max``, and the words they stand for."""


@cache
def _tails() -> dict[str, str]:
    """``maxResultSize``, ``driver.maxResultSize``: ends of names that are of one property only, and no plain words."""
    names, found = list(known_names()), {}
    ends = [
        (".".join(name.split(".")[-count:]), name) for name in names for count in (1, 2, 3) if name.count(".") >= count
    ]
    often = Counter(end for end, _ in ends)
    for end, name in ends:
        if often[end] == 1 and (re.search(r"[a-z][A-Z]", end)):
            found[end.lower()] = name
    return found


def expanded(written: str) -> str:
    """Contractions, short names of properties and keys of forms written out."""
    text = _NOT.sub(lambda match: f"{'can' if match[1].lower() == 'ca' else match[1]} not", written)
    tails = _tails()
    text = re.sub(
        r"(?<![\w.])[A-Za-z]+(?:\.[A-Za-z]+)*(?![\w.]*\w)", lambda match: tails.get(match[0].lower(), match[0]), text
    )
    text = re.sub(r"(?<![\w.-])[A-Za-z]+(?:_[A-Za-z]+)+(?=\s*[:=])", _of_form, text)
    text = re.sub(r"\bexec(?= (?:mem|memory|cores?|heap|overhead))", "executor", text, flags=re.IGNORECASE)
    if len(re.findall(r"(?:^|\s/\s)[\w ]+:", text)) > 1:
        text = re.sub(r"\s/\s", " ; ", text)
    return re.sub(r"^\s*(?:rule|policy)\s*:\s*\{(.*)\}\s*$", r"\1", text)


def _of_form(match: re.Match[str]) -> str:
    parts = match[0].lower().split("_")
    if not all(part in _FORM for part in parts):
        return match[0]
    words = [_FORM[part] for part in parts]
    if "usd" in words:  # `per_day_usd: 220`
        words = ["cost", "budget", "in", "usd", *(word for word in words if word not in {"usd", "cost", "budget"})]
    return f"{'; ' if match.start() else ''}{' '.join(words)}"


def without_asides(written: str) -> str:
    """What says nothing of the policy blanked out: remarks, orders to the reader, tickets, dates, courtesies."""
    # What stands in quotes is a name, whatever it says.
    quoted = [
        one.span() for one in re.finditer(r"""(?<!\w)(["'`])[^"'`]{1,200}\1(?!\w)|[“„«][^”“»]{1,200}[”“»]""", written)
    ]

    def blanked(match: re.Match[str]) -> str:
        inside = any(start < match.end() and match.start() < end for start, end in quoted)
        return match[0] if inside else " " * len(match[0])

    for pattern in _ASIDES:
        written = pattern.sub(blanked, written)
    written = _QUESTION.sub(_without_question, _HEADING.sub(_as_heading, written))
    # What the machines have bounds nothing, where something else does.
    rest = _MACHINES.sub(lambda match: " " * len(match[0]), written)
    return rest if re.search(r"\d", rest) else written


def _as_heading(match: re.Match[str]) -> str:
    """``Speculation? Off.``: asked to be answered at once."""
    folded = fold(match[0])
    is_asked = whole("asks").match(folded.lstrip())
    is_topic = properties_in(folded) or _TOPIC.search(folded)
    return f"{match[0][:-1]}:" if is_topic and not is_asked else match[0]


def _without_question(match: re.Match[str]) -> str:
    """``Is that formal enough?`` asks the reader, and rules nothing."""
    is_rule = (
        re.search(r"\d|spark\.", match[0])
        or properties_in(fold(match[0]))
        or whole("vague_hours").search(fold(match[0]))
    )
    rest = match.string[: match.start()] + match.string[match.end() :]
    folded, is_all = fold(match[0]), not re.search(r"\w", rest)
    is_topic = _TOPIC.search(folded) or properties_in(folded)
    requests = _REQUEST.match(folded)
    if not (is_topic or cued("most").search(folded) or _WHOM.search(folded)):
        requests = None
    if not is_all and (is_topic or requests) and _ANSWER.match(match.string, match.end()):
        asked = requests or _ASKED.match(folded)  # `what is the limit for cores? Five.`
        number = "number of " if asked and _COUNTS.search(asked[0]) else ""
        return f" {number}{match[0][asked.end() if asked else 0 : -1]}:"
    names_whom = requests and _WHOM.search(folded) and not _WHOM.search(fold(rest))
    return match[0] if is_rule or is_all or names_whom else " " * len(match[0])


def without_signers(folded: str) -> str:
    """Without who asked for a rule, or wrote it: ``requested by team ads``."""
    signed = rf"{mixed('signed')}(?P<name>(?:the |our )?(?:{'|'.join(NOUNS.values())}) {NAME})"
    for match in compiled(signed).finditer(folded):
        folded = f"{folded[: match.start('name')]}{' ' * len(match['name'])}{folded[match.end('name') :]}"
    return folded


def without_purposes(folded: str) -> str:
    """What a rule is for, or follows from, blanked out."""
    text = compiled(rf"\b(?:{says('reason')})(?=[,.;]|$)").sub(_without_reason, folded)
    # Where it begins with why, what holds follows the comma.
    text = compiled(rf"(?:(?<=^)|(?<=[.;] ))(?:{says('because')})\b[^.;,\d]*,(?=[^.;]*\w)").sub(_unless_named, text)
    text = compiled(rf"(?<=[\w,)]) (?:{says('because_after')})\b[^.;!?]*(?=[.;!?]|$)").sub(_unless_rule, text)
    otherwise = compiled(rf"[,;]\s*(?:{says('otherwise')})\b[^.;,\d()]*(?=[.;,()]|$)")
    return otherwise.sub(lambda match: " " * len(match[0]), text)


def _without_reason(match: re.Match[str]) -> str:
    """``to avoid surprises we say that ...``: where no comma ends the reason, who says it does."""
    said = compiled(rf"\bspark$|\b(?:{says('says_so')})\b").search(match[0])
    return " " * len(match[0]) if said is None else " " * said.start() + match[0][said.start() :]


def _unless_named(match: re.Match[str]) -> str:
    named = compiled(rf"\b(?:{'|'.join(NOUNS.values())})\b").search(match[0])
    return match[0] if named else _unless_rule(match)


def _unless_rule(match: re.Match[str]) -> str:
    """A reason that tells what happened may count, and name others: ``because team risk took 900 GB``."""
    is_rule = any(cued(one).search(match[0]) for one in ("most", "least", "duties"))
    counts = re.search(r"\d|spark\.", match[0]) and not whole("story").search(match[0])
    return match[0] if is_rule or counts else " " * len(match[0])
