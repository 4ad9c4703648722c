"""Whom a sentence is about: queues, teams, users, workloads and platforms, taken out of the text."""

import re
from typing import Final

from sparkwright.policy.language.half_named import half_named, take_numbered
from sparkwright.policy.language.lexicon import NEVER, STOP
from sparkwright.policy.language.naming import (
    Whom,
    add,
    blank,
    is_description,
    is_heading,
    names_in,
    of_any_queue,
    take_platforms,
)
from sparkwright.policy.language.scope_words import (
    AND,
    CALLED,
    ENDING,
    FRENCH,
    HOLDING,
    LIKE,
    LIST,
    NAME,
    NOUNS,
    OTHER_PLATFORMS,
    STARTING,
    WIDE,
)
from sparkwright.policy.language.scopes import left_out
from sparkwright.policy.language.told import without_told
from sparkwright.policy.language.vocabulary import compiled, cued, mixed

_EVERYONE: Final = re.compile(rf"\b(?:{mixed('everyone')})\b")

_FOR_ALL: Final = re.compile(rf"\b(?:{mixed('for_all')})\b")
_ADDED_UP: Final = cued("together")
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
    is_named = found.names or (_EVERYONE.search(ruling) and not _REFERS_BACK.search(ruling))
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
        _take_marked(found, kind, noun, written)
    _take_patterns(found, written)
    for kind in ("queues", "teams", "users"):
        # A single letter may be an article elsewhere.
        _take_letter(found, kind, nouns[kind], written)
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
                for part in ([name] if " " in name else re.split(r"/|(?<=\w\w\w)\+(?=\w\w\w)", name))
                if part
            ]
    _take_owners(found, written)
    for match in list(re.finditer(r"(?<![\w.*-])root(?:\.[\w*-]+)+(?<![.-])", found.text)):
        add(found, "queues", written[match.start() : match.end()])  # YARN's and YuniKorn's queues begin so
        blank(found, match.start(), match.end())
    of_any_queue(found)
    if question := half_named(found, written):
        found.unclear.append(question)
    if found.text and (exception := left_out(found.text) or left_out(folded)):
        found.unclear.append(f"a scope cannot leave anybody out ({exception[0]}): whom does it concern?")
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
        ):
            continue  # `a real queue`
        if not names:
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


def _take_letter(found: Whom, kind: str, noun: str, written: str) -> None:
    """Letters and plain words right behind their noun, where nothing of the same clause is said of them."""
    pattern = rf"\b{noun} ([a-z]|[a-z]{{2,}})(?: and ([a-z]{{2,}}))?(?=\s*(?:[,:]|\.(?!\w)|$)|\s+(?:and {noun}\b|or {noun}\b|gets?|may|must|can|has|have|is|should|will|uses?|needs?|cannot|never|budgets?|spends?|darf|muss|peut|puede)\b)"
    for match in list(compiled(pattern).finditer(found.text)):
        if len(match[1]) > 1 and (match[1] in NEVER or match[1] not in STOP):
            continue
        if match[2] in NEVER:
            continue
        for group in (1, 2):
            if match[group]:
                add(found, kind, written[match.start(group) : match.end(group)])
        blank(found, match.start(), match.end())


def _take_marked(found: Whom, kind: str, noun: str, written: str) -> None:
    """Names in quotes beside their noun."""
    quoted = r"(?:'[^']{1,120}'|\"[^\"]{1,120}\"|`[^`]{1,120}`|“[^”]{1,120}”|„[^“”]{1,120}[“”]|«\s?[^»]{1,120}?\s?»)"
    several = rf"{quoted}(?:{AND}{quoted})*"
    for pattern in (
        rf"\b{noun},? ({several})",
        rf"({several})[ -]{noun}\b",
        rf"({several}) \((?:the |a |our )?{noun}\)",
    ):
        for match in list(compiled(pattern).finditer(found.text)):
            listed = found.names.setdefault(kind, [])
            for one in re.finditer(quoted, match[1]):
                name = written[match.start(1) + one.start() : match.start(1) + one.end()].strip("'\"`“”„«» ")
                if name not in listed:
                    listed.append(name)
            blank(found, match.start(), match.end())


def _take_patterns(found: Whom, written: str) -> None:
    """A pattern that explains its noun: ``interns (user names like intern-*)``, ``everything called load_*``."""
    glob = r"(?P<glob>[\w.-]*[\w.-]\*|\*[\w.-]+\*?)"
    for kind, noun in NOUNS.items():
        # The noun stands before the brackets, or in them; a word before it is no name then.
        for pattern in (
            rf"(?:[\w-]+ )?\b{noun}[^.;()]{{0,30}}\([^()]*?{glob}\)",
            rf"\((?:[^()]*\b){noun}[^()]*?{glob}\)",
        ):
            for match in list(compiled(pattern).finditer(found.text)):
                add(found, kind, written[match.start("glob") : match.end("glob")])
                blank(found, match.start(), match.end())
    for kind, noun in NOUNS.items():  # `victor (user)`
        for match in list(compiled(rf"(?<![\w.])(?P<name>[\w.*-]+) \((?:the |a |our )?{noun}\)").finditer(found.text)):
            if match["name"] not in STOP:
                add(found, kind, written[match.start("name") : match.end("name")])
                blank(found, match.start(), match.end())
    for match in list(re.finditer(r"\b(?:run|execution|day|week|month)s? of (?P<name>\w*[_*-][\w.*/-]*)", found.text)):
        add(found, "workloads", written[match.start("name") : match.end("name")])
        blank(found, match.start("name"), match.end("name"))
    for kind, noun in NOUNS.items():  # `queues with test in their names`
        for match in list(
            compiled(
                rf"\b{noun} (?:with|that have|having) (?P<name>{NAME}) (?:somewhere )?(?:in|as (?:a )?part of) (?:the|their|its) names?"
            ).finditer(found.text)
        ):
            held = written[match.start("name") : match.end("name")].strip("'\"`*“”„«» ")
            add(found, kind, f"*{held}*")
            blank(found, match.start(), match.end())
    named = r"[\w-]+[_*](?:[\w.*-]*[\w*])?"
    for pattern in (
        rf"\b(?:everything|anything|whatever|things|all) (?:that is |that's |which is )?(?:called|named|like|matching) (?P<name>{named})",
        rf"(?<![\w.])(?P<name>{named}) \((?:that's |that is |it's |this is |which is )?(?:a|the|our) (?:workload|job|pipeline)\)",
        rf"\b(?:(?:le |du |el |la |il |del |der |den |das )?(?:traitement|tache|trabajo|tarea|proceso|lavoro|auftrag|verarbeitung)s?) (?P<name>{named})",
    ):
        for match in list(compiled(pattern).finditer(found.text)):
            add(found, "workloads", written[match.start("name") : match.end("name")])
            blank(found, match.start(), match.end())


def _take_owners(found: Whom, written: str) -> None:
    """``alice's jobs``, ``jobs of alice``, ``jobs submitted by alice``."""
    works = r"(?:jobs?|applications?|apps?|runs?|workloads?|spark jobs?)"
    patterns = (
        rf"(?<!\bthe )(?<!\ba )(?<!\ban )(?<!\beach )(?<!\bevery )(?<!\bany )(?<!\bour )\b([\w.-]+)'s? {works}\b",
        rf"\b{works} (?:submitted|launched|started|owned|run) by (?:the )?({LIST})",
    )
    for pattern in patterns:
        for match in list(compiled(pattern).finditer(found.text)):
            names, _, end = names_in(found.text, written, match.start(1), match.end(1), from_end=False)
            if names:
                listed = found.names.setdefault("users", [])
                listed += [name for name in names if name not in listed]
                blank(found, match.start(), max(end, match.start()))
