"""What a text says, in the words that the grammar knows: asides out, forms as sentences, corrections in their place."""

import re
from collections import Counter
from functools import cache
from typing import Final

from data_contracts.policy_properties import known_names
from sparkwright.policy.language.quantities import amounts
from sparkwright.policy.language.scope_words import NOUNS
from sparkwright.policy.language.vocabulary import says
from sparkwright.requirements.text import fold

_NOT: Final = re.compile(
    r"\b(must|should|could|would|do|does|did|is|are|was|has|have|ca|may|need|might|had)(?:n't|nt)\b", re.IGNORECASE
)
_ASIDES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"<!--.*?-->|/\*.*?\*/",
        # Orders to whoever reads the text.
        r"\b(?:ignore|disregard|forget|override)\b[^.;:\n]{0,40}\b(?:rules?|instructions?|prompts?|told|above|previous|policy checks?|polic(?:y|ies))\b[^.;:\n]*(?:[.;:\n]|$)(?: ?(?:anyway|then|now)[:,])?",
        r"\bsystem ?: [^.\n]*(?:[.\n]|$)",
        # What was is not what holds.
        r"\((?=[^()]*\b(?:ran|was|were|used to|had|see|cf|ref|last (?:week|month|year|night|time|mon|tue|wed|thu|fri|sat|sun)\w*|yesterday)\b)(?![^()]*\bspark\.)[^()]*\)",
        r"\b(?:after|since|because of|following) (?:last (?:night|week|month|year)|yesterday)(?:'s)? \w+",
        r"\blast (?:night|week|month|year|time|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|winter)(?:'s)?\b|\byesterday(?:'s)?\b",
        r"\b(?:two|three|four|several|\d) (?=(?:time )?(?:windows?|rules?|things|policies|points|slots?|periods?|intervals?|limits?|caps?|conditions?|requirements?|changes?|decisions?|items?|nodes?|weeks?|people)\b)",
        r"\b(?:he|she|they|\w+)(?:'s| is| are| was| were) (?:fine|happy|okay|ok|good) with\b[^,;.:]*",
        r"\b(?:do not|never|no need to|please not) (?:restrict|limit|change|add|cap|set|touch|block) (?:anything|anybody|anyone|any \w+)\b",
        r"\bno (?:new |more )?(?:limits?|rules?|restrictions?|polic(?:y|ies)|changes?|caps?)(?: is| are)? (?:needed|required|necessary|wanted|here)\b",
        # Words that give weight, and courtesy.
        r"\bno (?:exceptions?|excuses?|matter (?:what|who|how)|questions asked|ifs(?:,? (?:and|or|no) buts)?|doubts?|problem|kidding|discussions?|joke)\b",
        r"\b(?:full stop|period)(?=\s*(?:[.!]|$))|\byes,? really\b|\b(?:many )?(?:thanks|thank you|thx|cheers|merci|danke|gracias|grazie|obrigad[oa])\b|\b(?:and )?(?:that'?s|thats|this is) (?:final|an order|non-?negotiable|a promise)\b",
        r"\bno (?:and |or )?more,? (?:and )?no(?:t)? less\b|\bnot? more (?:and )?not? less\b",
    )
)
_MACHINES: Final = re.compile(
    r"\b(?:the |our |each |every |all )?(?:clusters?|nodes?|machines?|servers?|hosts?|boxes)(?: \w+)? (?:has|have|is|are|comes? with|offers?)\b (?!to\b|limited|capped|allowed|only|restricted|at most)[^.;]*(?=[.;])",
    re.IGNORECASE,
)
_MARK: Final = (
    r"(?:\.{2,}|…|[?!,;:.(–—-]|\b(?:but|and|or|hmm+|hm|er|uh|oh)\b|\s)*\s*"
    r"\b(?:no,? wait|wait,? no|wait|i mean|i meant|sorry|scratch that|correction|make (?:it|that)|rather|actually|pardon|"
    r"new (?:limit|cap|maximum|value|ceiling|minimum|floor)(?: is)?|(?:as of|from|since) (?:today|now|tomorrow)(?: on)?|now|nowadays)\b"
    r"(?:[\s,;:.…!-]|\b(?:it's|that's|it|that|is|its|make|we|to|at|the limit|hmm|no|wait|sorry|i mean)\b)*"
)
_FORMER: Final = re.compile(
    r"\b(?:old|previous|former|current|existing|present) (?:\w+ ){0,3}?(?:of|at|was|is) (?P<old>\$? ?\d[\d.,]*)(?=.*\d)"
)
"""What was: ``the old cap of 10 executors is replaced by 15``."""
_PAST: Final = re.compile(
    r"\b(?:used to|was|were|had been|previously|formerly|in the past|so far|until now|raised to)\b"
)
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
    if re.fullmatch(r"\s*\{.*\}\s*", written, re.DOTALL):  # JSON
        written = re.sub(r"[{}\"]", " ", re.sub(r"\"\s*:\s*\"?", '": ', written))
    text = _NOT.sub(lambda match: f"{'can' if match[1].lower() == 'ca' else match[1]} not", written)
    text = re.sub(r"\bcan not\b", "cannot", text, flags=re.IGNORECASE)
    tails = _tails()
    text = re.sub(
        r"(?<![\w.])[A-Za-z]+(?:\.[A-Za-z]+)*(?![\w.]*\w)", lambda match: tails.get(match[0].lower(), match[0]), text
    )
    text = re.sub(r"(?<![\w.-])[A-Za-z]+(?:_[A-Za-z]+)+(?=\s*[:=])", _of_form, text)
    text = re.sub(r"\b(max|min) exec(s?)\b", r"\1 executor\2", text, flags=re.IGNORECASE)
    text = re.sub(r"\bexecs\b|\bexecut(?:e|o)rz\b|\bexecuters\b", "executors", text, flags=re.IGNORECASE)
    text = re.sub(r"\bexec(?= (?:mem|memory|cores?|heap|overhead))", "executor", text, flags=re.IGNORECASE)
    text = re.sub(r"\bdyn(?:amic)? ?alloc\b", "dynamic allocation", text, flags=re.IGNORECASE)
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
    # What the machines have bounds nothing, where something else does.
    rest = _MACHINES.sub(lambda match: " " * len(match[0]), written)
    return rest if re.search(r"\d", rest) else written


def replaced(written: str) -> str:
    """The text without what no longer holds: ``8 GB instead of 4 GB``, ``the words "..." are replaced by "..."``."""
    quoted = r"[\"“„«'][^\"”“»']*[\"”“»']"
    text = written
    for match in re.finditer(
        rf"(?:the words? |the phrase |the text )?{quoted} [^.;\"“„«']{{0,30}}?\b(?:{says('replaced')})\b", fold(text)
    ):
        text = f"{text[: match.start()]}{' ' * len(match[0])}{text[match.end() :]}"
    if text != written:  # what replaces it is no name
        return re.sub(r"[\"“„«”»]", " ", text)
    amount = r"(?:the )?(?:old |current |previous |former |usual |present )?(?:\$ ?)?\d[\d.,]*(?: ?[a-z$%]+)?"
    for match in _FORMER.finditer(fold(text)):
        text = f"{text[: match.start('old')]}{' ' * len(match['old'])}{text[match.end('old') :]}"
    folded = fold(written)
    for match in reversed(list(re.finditer(rf"[,(]?\s*\b(?:{says('instead')}) {amount}\s*\)?", folded))):
        rest = folded[: match.start()] + folded[match.end() :]
        if re.search(r"\d", rest):
            text = f"{text[: match.start()]}{' ' * len(match[0])}{text[match.end() :]}"
    return text


def without_purposes(folded: str) -> str:
    """What a rule is for, or follows from, blanked out."""
    text = re.sub(rf"\b(?:{says('reason')})(?=[,.;]|$)", lambda match: " " * len(match[0]), folded)
    # Where it begins with why, what holds follows the comma.
    pattern = rf"(?:(?<=^)|(?<=[.;] ))(?:{says('because')})\b[^.;,\d]*,(?=[^.;]*\w)"
    named = re.compile(rf"\b(?:{'|'.join(NOUNS.values())})\b")
    text = re.sub(pattern, lambda match: match[0] if named.search(match[0]) else " " * len(match[0]), text)
    return re.sub(rf"[,;]\s*(?:{says('otherwise')})\b[^.;,\d()]*(?=[.;,()]|$)", lambda match: " " * len(match[0]), text)


def corrected(written: str) -> str:
    """The text with what was corrected in its right place: ``max 12g no wait, 14g`` is ``max 14g``."""
    folded = fold(written)
    for match in list(re.finditer(_MARK, folded)):
        following = [one for one in amounts(folded) if one.start >= match.end()]
        if not following or folded[match.end() : following[0].start].strip():
            continue
        new = following[0]
        before = [
            one
            for one in amounts(folded)
            if one.end <= match.start() and one.kind in {new.kind, "size", "time", "money"}
        ]
        before = [one for one in before if one.kind == new.kind or new.kind == "number"]
        if not before:
            continue
        is_past = _PAST.search(folded[: match.start()])
        told = written[new.start : new.end]
        if new.kind == "number" and before[-1].kind != "number":
            continue
        text = written[: match.start()] + " " + written[new.end :]
        rest = folded[new.end :]
        for one in reversed(before if is_past else before[-1:]):
            text = text[: one.start] + told + text[one.end :]
        # `5 GiB-hours, I mean 500 GiB-hours`: the unit was said again.
        unit = re.match(r"[- ]?(?:hours?|cores?|executors?|dollars?|gigs?)(?:[- ]hours?)?", rest)
        if unit:
            at = len(text) - len(written[new.end :])
            text = text[:at] + text[at + unit.end() :]
        return corrected(text)
    return written
