"""Names in slots of their own: in quotes, single letters, patterns that explain a noun, owners of jobs."""

import re

from sparkwright.policy.language.lexicon import NEVER, STOP
from sparkwright.policy.language.scope.naming import Whom, add, blank, is_head, names_in
from sparkwright.policy.language.scope.words import AND, LIST, NAME, NOUNS
from sparkwright.policy.language.vocabulary import compiled


def take_letter(found: Whom, kind: str, noun: str, written: str) -> None:
    """Letters and plain words right behind their noun, where nothing of the same clause is said of them."""
    pattern = rf"\b{noun} ([a-z]|[a-z]{{2,}})(?: and ([a-z]{{2,}}))?(?=\s*(?:[,:]|\.(?!\w)|$)|\s+(?:and {noun}\b|or {noun}\b|gets?|may|must|can|has|have|is|should|will|uses?|needs?|cannot|never|budgets?|spends?|darf|muss|peut|puede)\b)"
    for match in list(compiled(pattern).finditer(found.text)):
        if len(match[1]) > 1 and (match[1] in NEVER or match[1] not in STOP):
            continue
        is_said = re.match(r"\s+(?!and|or)\w", found.text[match.end() :])
        if len(match[1]) > 1 and match[0].split()[0].endswith("s") and not match[2] and not is_said:
            continue  # `users complain, so ...`
        if match[2] in NEVER or is_head(kind, match[1]):
            continue
        for group in (1, 2):
            if match[group]:
                add(found, kind, written[match.start(group) : match.end(group)])
        blank(found, match.start(), match.end())


def take_marked(found: Whom, kind: str, noun: str, written: str) -> None:
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


def take_patterns(found: Whom, written: str) -> None:
    """A pattern that explains its noun: ``interns (user names like intern-*)``, ``everything called load_*``."""
    glob = r"(?P<glob>[\w./-]*[\w./-]\*|\*[\w./-]+\*?)"
    for kind, noun in NOUNS.items():
        # The noun stands before the brackets, or in them; a word before it is no name then.
        for pattern in (
            rf"(?:[\w-]+ )?\b{noun}[^.;()]{{0,30}}\([^()]*?{glob}\)",
            rf"\((?:[^()]*\b){noun}[^()]*?{glob}\)",
            rf"\b{noun}\b[^.;()]{{0,40}}\b(?:i\.e\.?|that is|so|namely),?\s+{glob}",
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
    runs = rf"\b(?:everything|anything|whatever|all) (?:that )?(?P<name>{NAME}) (?:runs|submits|launches|starts)\b"
    for match in list(compiled(runs).finditer(found.text)):
        if match["name"] not in STOP:
            add(found, "users", written[match.start("name") : match.end("name")].strip("'\"`"))
            blank(found, match.start("name"), match.end("name"))
    named = r"[\w-]+[_*](?:[\w.*-]*[\w*])?"
    for pattern in (
        rf"\b(?:everything|anything|whatever|things|all) (?:that is |that's |which is )?(?:called|named|like|matching) (?P<name>{named})",
        rf"(?<![\w.])(?P<name>{named}) \((?:that's |that is |it's |this is |which is )?(?:a|the|our) (?:workload|job|pipeline)\)",
        rf"\b(?:(?:le |du |el |la |il |del |der |den |das )?(?:traitement|tache|trabajo|tarea|proceso|lavoro|auftrag|verarbeitung)s?) (?P<name>{named})",
    ):
        for match in list(compiled(pattern).finditer(found.text)):
            add(found, "workloads", written[match.start("name") : match.end("name")])
            blank(found, match.start(), match.end())


def take_owners(found: Whom, written: str) -> None:
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
