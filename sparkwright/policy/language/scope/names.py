"""Whom a sentence is about: queues, teams, users, workloads and platforms, taken out of the text."""

import re
from typing import Final

from sparkwright.policy.language.scope.half_named import half_named, take_numbered
from sparkwright.policy.language.scope.name_slots import take_letter, take_marked, take_owners, take_patterns
from sparkwright.policy.language.scope.naming import (
    Whom,
    add,
    blank,
    is_description,
    is_head,
    is_heading,
    names_in,
    of_any_queue,
    take_platforms,
)
from sparkwright.policy.language.scope.several import left_out
from sparkwright.policy.language.scope.words import (
    AND,
    CALLED,
    ENDING,
    FRENCH,
    HOLDING,
    LIKE,
    LIST,
    NOUNS,
    OTHER_PLATFORMS,
    PLATFORM_WORDS,
    STARTING,
    WIDE,
)
from sparkwright.policy.language.text.told import without_told
from sparkwright.policy.language.vocabulary import compiled, cued, mixed

_EVERYONE: Final = re.compile(rf"\b(?:{mixed('everyone')})\b")

_FOR_ALL: Final = re.compile(rf"\b(?:{mixed('for_all')})\b")
_ADDED_UP: Final = cued("together")
_OF_QUEUE: Final = re.compile(r" (?:jobs?|runs?|users?|applications?|workloads?)\b")
"""``an adhoc queue job``: the article is of the job."""
_REFERS_BACK: Final = re.compile(rf"\b(?:{mixed('refers_back')})\b")


def take_names(folded: str, written: str) -> Whom:
    """The names in a text; those of a clause that tells what happened only where the rule itself is for nobody else.

    Args:
        folded: Lower case without accents, as long as ``written``.
        written: As it was written: names keep their case.
    """
    ruling = without_told(folded)
    kept = "".join(sign if was == here else " " for sign, was, here in zip(written, folded, ruling, strict=True))
    found = _names_of(ruling, kept)
    is_anybody = _EVERYONE.search(ruling) or any(compiled(one).search(ruling) for one in PLATFORM_WORDS.values())
    is_named = found.names or (is_anybody and not _REFERS_BACK.search(ruling))
    if ruling == folded or is_named:
        told = zip(found.text, ruling, folded, strict=True)
        found.text = "".join(there if was == " " else here for here, was, there in told)
    else:
        found = _names_of(folded, written)
    without_all = _FOR_ALL.sub(lambda match: " " * len(match[0]), found.text)
    if not _ADDED_UP.search(without_all):  # `in total for all teams` adds up
        found.text = without_all
    is_meant = not found.names and _REFERS_BACK.search(ruling)
    take_platforms(found, "" if is_meant else without_told(folded, only_past=True))
    if not found.unclear and (exception := left_out(without_told(folded, only_past=True))):
        found.unclear.append(f"a scope cannot leave anybody out ({exception[0]}): whom does it concern?")
    if other := OTHER_PLATFORMS.search(found.text):
        found.unclear.append(f"{other[0]} is no platform that a scope can name: yarn, kubernetes, standalone or local?")
    return found


def _names_of(folded: str, written: str) -> Whom:
    found = Whom(folded)
    nouns = dict(NOUNS)
    if not FRENCH.search(folded):
        nouns["queues"] = nouns["queues"].replace("|files?(?= )", "")  # files are no queues elsewhere
    take_numbered(found)
    for kind in ("queues", "teams", "users", "workloads"):
        noun = nouns[kind]
        called = CALLED.removesuffix("|:|=)") + ")" if kind == "workloads" else CALLED  # `jobs: network traffic ...`
        for word, made in ((STARTING, "{}*"), (ENDING, "*{}"), (HOLDING, "*{}*"), (LIKE, "{}")):
            _take(
                found,
                kind,
                rf"(?:\b{WIDE} )?\b{noun},? {word} (?:with )?({LIST})(?: (?:beginnen|beginnt|anfangen|enden|endet|im namen))?",
                written,
                made,
            )
        _take(
            found,
            kind,
            rf"(?<!\bthe \w\w )(?<!\bthe \w\w\w )(?<!\bthe \w\w\w\w )\b{noun},?(?: (?=\w)| ?(?=[:=]))(?:(?:that |which )?(?:is|are) )?{called} ?({LIST})",
            written,
            "{}",
        )
        _take(
            found,
            kind,
            rf"\b(?:when|if|where|wherever|as long as|wenn|si|cuando) (?:the |der |die |le |la |el )?{noun} (?:is|are|ist|est|es) ({LIST})",
            written,
            "{}",
        )
        take_marked(found, kind, noun, written)
    take_patterns(found, written)
    for kind in ("queues", "teams", "users"):
        # A single letter may be an article elsewhere.
        take_letter(found, kind, nouns[kind], written)
    # Jobs and applications are named only where a word says so: `etl jobs` may be any.
    for kind in ("queues", "teams", "users"):
        noun = nouns[kind]
        _take(found, kind, rf"\b{noun} ({LIST})", written, "{}")
        _take(
            found,
            kind,
            rf"(?:\bthe |\bin |\bof |\bfor |\bour |\bder |\bdie |\bdas |\bla |\ble |\bel |(?<![\w*/@+-])\b)({LIST})(?:'s)?[ -]{noun}(?:'s?)?(?!\w)",
            written,
            "{}",
        )
    _take(
        found,
        "workloads",
        rf"\b(?:workloads?|pipelines?|cargas?(?: de traba[jl]h?o)?|charges? de travail|arbeitslast) ({LIST})",
        written,
        "{}",
    )
    _take(found, "workloads", rf"\b(?:workloads?|pipelines?)(?:(?: is| are) |: ?| ?= ?)({LIST})", written, "{}")
    _take(found, "workloads", rf"\bjobs? ([\w*]*[_*-][\w.*/-]*(?:{AND}[\w*]*[_*-][\w.*/-]*)*)", written, "{}")
    _take(
        found,
        "workloads",
        rf"(?<![\w*/@+-])\b(?:the |any |all |every )?({LIST}) (?:workloads?|pipelines?)\b",
        written,
        "{}",
    )
    _take(
        found,
        "workloads",
        rf"(?<![\w*/-])\b(?:the |any |all |every )?(\w*[_*-][\w.*/-]*(?:{AND}\w*[_*-][\w.*/-]*)*) (?:jobs?|applications?|apps?)\b",
        written,
        "{}",
    )
    _take(found, "teams", r"\bfor (?:all|everyone|everybody|anyone) (?:of|in|on|at) ([a-z]\w*-[\w-]+)", written, "{}")
    if users := found.names.get("users"):
        # `the growth people (team growth)` are the team.
        others = {*found.names.get("teams", ()), *found.names.get("queues", ())}
        rest = [name for name in users if name not in others]
        found.names["users"] = rest
        if not rest:
            del found.names["users"]
    for kind in ("queues", "teams", "users"):
        if listed := found.names.get(kind):  # `queues alpha/beta`
            found.names[kind] = [
                part
                for name in listed
                for part in ([name] if " " in name else re.split(r"/(?!\*)|(?<=\w\w\w)\+(?=\w\w\w)", name))
                if part
            ]
    take_owners(found, written)
    for match in list(re.finditer(r"(?<![\w.*-])root(?:\.[\w*-]+)+(?<![.-])", found.text)):
        add(found, "queues", written[match.start() : match.end()])  # YARN's and YuniKorn's queues begin so
        blank(found, match.start(), match.end())
    of_any_queue(found)
    if question := half_named(found, written):
        found.unclear.append(question)
    return found


def _take(found: Whom, kind: str, pattern: str, written: str, made: str) -> None:
    matcher, at = compiled(pattern), 0
    while match := matcher.search(found.text, at):
        at = match.start() + 1
        after = _is_after(match)
        from_end = match.end(1) != match.end() and made == "{}" and not after
        if re.search(r":\s*$", match.string[match.start() : match.start(1)]) and is_heading(match):
            continue
        names, start, end = names_in(found.text, written, match.start(1), match.end(1), from_end=from_end)
        if (
            from_end
            and re.search(r"\b(?:an?|another|some|which|what|une?|eine[rmns]?) $", found.text[:start])
            and not re.search(r"[-_*]", "".join(names))
            and not _OF_QUEUE.match(match.string, match.end())
        ):
            continue  # `a real queue`
        if not names:
            continue
        if made == "{}" and not from_end and is_head(kind, names[0]):
            continue
        if made == "{}" and is_description(match, names, end, from_end=from_end):
            continue
        listed = found.names.setdefault(kind, [])
        for name in names:
            one = made.format(name.strip("*") if made != "{}" else name)
            if one not in listed:
                listed.append(one)
        if after:
            blank(found, match.start(), end)
            # What follows the names belongs to the phrase, as in `beginning with a or b in their names`.
            if end == match.end(1):
                blank(found, end, match.end())
        else:
            blank(found, start, match.end())


def _is_after(match: re.Match[str]) -> bool:
    """Whether the names follow the noun."""
    return (
        match.start(1) - match.start() > 0 and match.string[match.end(1) : match.end()].strip(" -'s") == ""
    ) or match.end(1) == match.end()
