"""Whom a sentence is about: queues, teams, users, workloads and platforms, taken out of the text."""

import re
from dataclasses import dataclass, field
from typing import Final

from sparkwright.policy.language.lexicon import STOP

_NAME = r"(?:'[^']{1,120}'|\"[^\"]{1,120}\"|`[^`]{1,120}`|“[^”]{1,120}”|‘[^’]{1,120}’|«\s?[^»]{1,120}?\s?»|„[^“”]{1,120}[“”]|[\w*-](?:[\w.*/@:+-]*[\w*/-])?)"
_AND = r"(?:\s*,\s*(?:and |or |und |oder |et |ou |y |o )?|\s+(?:and|or|und|oder|et|ou|y|o|as well as|sowie|&)\s+|\s*&\s*|\s*/\s*)"
_LIST = rf"{_NAME}(?:{_AND}(?:the )?{_NAME})*"
_NOUNS: Final = {
    "queues": r"(?:yarn |resource |scheduler )?(?:queues?|q(?= [\w*])|warteschlangen?|files? d'attente|files?(?= )|colas?|coda|kolejce|kolejka|kolejki|fila|filas|wachtrij(?:en)?|namespaces?|pools?)",
    "teams": r"(?:teams?(?: members?)?|groups?|gruppen?|equipes?|equipos?|departments?|abteilung|squads?|mannschaft|gruppo)",
    "users": r"(?:users?|accounts?|service accounts?|benutzer(?:in|s|n)?|nutzer(?:in|s|n)?|utilisateurs?|utilisatrices?|usuari[oa]s?|utenti|utente|people|logins?|anwender(?:in|n|s)?)",
    "workloads": r"(?:workloads?|pipelines?|jobs?|applications?|apps?|anwendung(?:en)?|trabajos?|travaux|etl jobs?)",
}
_STARTING = r"(?:(?:named |called )?(?:whose |with )?(?:(?:names?|ids?) )?(?:that |which )?(?:start(?:s|ing)?(?: with| in)?|begin(?:s|ning)?(?: with)?|prefixed(?: with| by)?|having (?:the )?prefix|with (?:the |a )?prefix|have the prefix)|(?:deren namen? |die |der )?(?:mit) (?=\S+ (?:beginn|anfang))|(?:deren namen? )?(?:beginnend mit|die mit)|(?:dont le nom |qui )?commen(?:ce|cent|cant) par|(?:que |cuyo nombre )?(?:empiez[ae]n?|comienz[ae]n?) (?:por|con))"
_ENDING = r"(?:(?:named |called )?(?:whose |with )?(?:(?:names?|ids?) )?(?:that |which )?(?:end(?:s|ing)? (?:with|in|on)|suffixed with|with (?:the |a )?suffix|with the ending)|(?:die |deren namen? )?auf (?=\S+ (?:end))|(?:qui |dont le nom )?(?:se )?(?:termin|finiss)\w+ par|(?:que )?termin\w+ en)"
_HOLDING = r"(?:(?:named |called )?(?:whose |with )?(?:(?:names?|ids?) )?(?:that |which )?(?:contain(?:s|ing)?|including|with \S+ in (?:the|their) names?|that have)|(?:qui )?contien(?:nen|nent|t)|contenant|que contien\w+|enthalt\w*)"
_LIKE = r"(?:(?:named |called )?(?:whose |with )?(?:(?:names?|ids?) )?(?:that |which )?(?:match(?:es|ing)?(?: the pattern)?|like|of the form|following the pattern|fitting))"
_CALLED = r"(?:named|called|with (?:the )?names?|known as|namens|genannt|nomme[es]*|appele[es]*|llamad[oa]s?|:|=)"
_ARTICLES = frozenset(
    {
        "the",
        "a",
        "an",
        "any",
        "all",
        "every",
        "each",
        "der",
        "die",
        "das",
        "le",
        "la",
        "les",
        "el",
        "los",
        "l'",
        "our",
        "both",
        "either",
    }
)
_WIDE = r"(?:all|every|any|each|alle|jede[rns]?|tous|toutes|todos|todas|chaque|cada)"
PLATFORM_WORDS: Final = {
    "yarn": r"\b(?:yarn|hadoop(?: clusters?)?)\b",
    "kubernetes": r"\b(?:kubernetes|k8s|kube)\b",
    "standalone": r"\b(?:stand-?alone(?: clusters?| mode)?)\b",
    "local": r"\b(?:local mode|locally|in local|local only|only local|local (?:runs|jobs|applications|spark)|lokale[nrms]? (?:modus|jobs)|mode local|modo local|platform local)\b",
}
_OTHER_PLATFORMS = re.compile(r"\b(?:mesos|databricks|emr|dataproc|nomad|synapse)\b")
_FRENCH = re.compile(
    r"\b(?:les?|la|des|du|executeurs?|memoire|peut|peuvent|doit|doivent|coeurs?|aucune?|mais|aussi|pour|chaque|dans|sur)\b"
)
_EXCEPT = re.compile(
    r"\b(?:all|every\w*|any\w*|alle|no|none|nobody|noone|no one) (?:\w+ )?but\b|^\W*only (?:the )?(?:teams?|users?|queues?|members?|people)\b[^.]*\b(?:more than|exceed|above|over|beyond)\b|\b(?:except(?: for)?|excluding|other than|apart from|save for|save(?= the)|with the exception of|besides|but not (?!more|less|fewer|above|below|over|under|exceed|to|larger|smaller|bigger)|unless|outside (?:of )?(?:the )?(?:queue|team)|not in (?:the )?(?:queue|team)|ausser|mit ausnahme|sauf|excepto|salvo|a excepcion)\b"
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


def take_names(folded: str, written: str) -> Whom:
    """The names in a text.

    Args:
        folded: Lower case without accents, as long as ``written``.
        written: As it was written: names keep their case.
    """
    found = Whom(folded)
    nouns = dict(_NOUNS)
    if not _FRENCH.search(folded):
        nouns["queues"] = nouns["queues"].replace("|files?(?= )", "")  # files are no queues elsewhere
    for kind in ("queues", "teams", "users", "workloads"):
        noun = nouns[kind]
        for word, made in ((_STARTING, "{}*"), (_ENDING, "*{}"), (_HOLDING, "*{}*"), (_LIKE, "{}")):
            _take(
                found,
                kind,
                rf"(?:\b{_WIDE} )?\b{noun},? {word} (?:with )?({_LIST})(?: (?:beginnen|beginnt|anfangen|enden|endet|im namen))?",
                written,
                made,
            )
        _take(
            found,
            kind,
            rf"\b{noun},?(?: (?=\w)| ?(?=[:=]))(?:(?:that |which )?(?:is|are) )?{_CALLED} ?({_LIST})",
            written,
            "{}",
        )
        _take(
            found,
            kind,
            rf"\b(?:when|if|where|wherever|as long as|wenn|si|cuando) (?:the |der |die |le |la |el )?{noun} (?:is|are|ist|est|es) ({_LIST})",
            written,
            "{}",
        )
        _take_marked(found, kind, noun, written)
    _take_patterns(found, written)
    for kind in ("queues", "teams", "users"):
        # A single letter may be an article elsewhere.
        _take_letter(found, kind, written)
    # Jobs and applications are named only where a word says so: `etl jobs` may be any.
    for kind in ("queues", "teams", "users"):
        noun = nouns[kind]
        _take(found, kind, rf"\b{noun} ({_LIST})", written, "{}")
        _take(
            found,
            kind,
            rf"(?:\bthe |\bin |\bof |\bfor |\bour |\bder |\bdie |\bdas |\bla |\ble |\bel |\b)({_LIST})(?:'s)?[ -]{noun}(?:'s?)?(?!\w)",
            written,
            "{}",
        )
    _take(found, "workloads", rf"\b(?:workloads?|pipelines?) ({_LIST})", written, "{}")
    _take(found, "workloads", rf"\bjobs? ([\w*]*[_*-][\w.*/-]*(?:{_AND}[\w*]*[_*-][\w.*/-]*)*)", written, "{}")
    _take(found, "workloads", rf"\b(?:the |any |all |every )?({_LIST}) (?:workloads?|pipelines?)\b", written, "{}")
    _take(
        found,
        "workloads",
        r"\b(?:the |any |all |every )?(\w*[_*-][\w.*/-]*) (?:jobs?|applications?)\b",
        written,
        "{}",
        whole=True,
    )
    _take(found, "teams", r"\bfor (?:all|everyone|everybody|anyone) (?:of|in|on|at) ([a-z]\w*-[\w-]+)", written, "{}")
    if users := found.names.get("users"):
        # `the growth people (team growth)` are the team.
        rest = [name for name in users if name not in found.names.get("teams", ())]
        found.names["users"] = rest
        if not rest:
            del found.names["users"]
    _take_owners(found, written)
    _take_platforms(found)
    if found.text and (match := _EXCEPT.search(found.text) or _EXCEPT.search(folded)):
        found.unclear.append(f"a scope cannot leave anybody out ({match[0]}): whom does it concern?")
    if match := _OTHER_PLATFORMS.search(found.text):
        found.unclear.append(f"{match[0]} is no platform that a scope can name: yarn, kubernetes, standalone or local?")
    return found


def _take(found: Whom, kind: str, pattern: str, written: str, made: str, *, whole: bool = False) -> None:
    compiled, at = re.compile(pattern), 0
    while match := compiled.search(found.text, at):
        at = match.start() + 1
        after = _is_after(match)
        from_end = match.end(1) != match.end() and made == "{}" and not after
        names, start, end = _names(found.text, written, match.start(1), match.end(1), from_end=from_end)
        if not names or (whole and len(names) != 1):
            continue
        listed = found.names.setdefault(kind, [])
        for name in names:
            one = made.format(name.strip("*") if made != "{}" else name)
            if one not in listed:
                listed.append(one)
        if after:
            _blank(found, match.start(), end)
            # What follows the names belongs to the phrase, as in `beginning with a or b in their names`.
            if end == match.end(1):
                _blank(found, end, match.end())
        else:
            _blank(found, start, match.end())


def _is_after(match: re.Match[str]) -> bool:
    """Whether the names follow the noun."""
    return (
        match.start(1) - match.start() > 0 and match.string[match.end(1) : match.end()].strip(" -'s") == ""
    ) or match.end(1) == match.end()


_ALSO_NAMES = "nights?|days?|weekend|memory|cache|local|total|costs?|budget|sur|production|platform|kubernetes|default|people|operations|rules|memory|gpu|cpu|core|spark|run|mode|test|dev|max|work"


def _take_letter(found: Whom, kind: str, written: str) -> None:
    pattern = rf"\b{_NOUNS[kind]} ([a-z]|{_ALSO_NAMES})(?=\s*(?:[,:]|\.(?!\w)|$)|\s+(?:gets?|may|must|can|has|have|is|should|will|uses?|needs?|cannot|never|budgets?|spends?|darf|muss|peut|puede)\b)"
    for match in list(re.finditer(pattern, found.text)):
        found.names.setdefault(kind, []).append(written[match.start(1) : match.end(1)])
        _blank(found, match.start(), match.end())


def _take_marked(found: Whom, kind: str, noun: str, written: str) -> None:
    """Names in quotes beside their noun."""
    quoted = r"(?:'[^']{1,120}'|\"[^\"]{1,120}\"|`[^`]{1,120}`|“[^”]{1,120}”|„[^“”]{1,120}[“”]|«\s?[^»]{1,120}?\s?»)"
    several = rf"{quoted}(?:{_AND}{quoted})*"
    for pattern in (rf"\b{noun},? ({several})", rf"({several})[ -]{noun}\b"):
        for match in list(re.finditer(pattern, found.text)):
            listed = found.names.setdefault(kind, [])
            for one in re.finditer(quoted, match[1]):
                name = written[match.start(1) + one.start() : match.start(1) + one.end()].strip("'\"`“”„«» ")
                if name not in listed:
                    listed.append(name)
            _blank(found, match.start(), match.end())


def _names(text: str, written: str, start: int, end: int, *, from_end: bool) -> tuple[list[str], int, int]:
    """The names of a list that are names, and their span: from its start, or back from its end."""
    pieces = list(re.finditer(_NAME, text[start:end]))
    if from_end:
        pieces.reverse()
    names: list[str] = []
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
        if from_end and spans and not re.search(rf"{_AND}$|,\s*$", text[start + piece.end() : spans[-1][0]]):
            break
        if not from_end and spans and not re.fullmatch(rf"{_AND}(?:the )?", text[spans[-1][1] : start + piece.start()]):
            break
        names.append(written[start + piece.start() : start + piece.end()].strip("'\"`“”‘’„«» "))
        spans.append((start + piece.start(), start + piece.end()))
    if from_end:
        names.reverse()
    if not spans:
        return [], start, end
    return names, min(one for one, _ in spans), max(one for _, one in spans)


def _is_name(word: str, *, quoted: bool) -> bool:
    if quoted:
        return bool(word)
    bare = word.removesuffix("'s").rstrip(".,:;")
    return (
        bool(bare)
        and bare not in STOP
        and bare not in _ARTICLES
        and not re.fullmatch(r"[\d.,:]+\w{0,3}", bare)
        and not re.fullmatch(r"\d\d?:\d\d.*|-+", bare)
        and not bare.startswith("spark.")
    )


def _take_patterns(found: Whom, written: str) -> None:
    """A pattern that explains its noun: ``interns (user names like intern-*)``, ``everything called load_*``."""
    glob = r"(?P<glob>[\w.-]*[\w.-]\*|\*[\w.-]+\*?)"
    for kind, noun in _NOUNS.items():
        # The noun stands before the brackets, or in them; a word before it is no name then.
        for pattern in (
            rf"(?:[\w-]+ )?\b{noun}[^.;()]{{0,30}}\([^()]*?{glob}\)",
            rf"\((?:[^()]*\b){noun}[^()]*?{glob}\)",
        ):
            for match in list(re.finditer(pattern, found.text)):
                _add(found, kind, written[match.start("glob") : match.end("glob")])
                _blank(found, match.start(), match.end())
    named = r"[\w-]+[_*](?:[\w.*-]*[\w*])?"
    for pattern in (
        rf"\b(?:everything|anything|whatever|things|all) (?:that is |that's |which is )?(?:called|named|like|matching) (?P<name>{named})",
        rf"(?<![\w.])(?P<name>{named}) \((?:that's |that is |it's |this is |which is )?(?:a|the|our) (?:workload|job|pipeline)\)",
        rf"\b(?:(?:le |du |el |la |il |del |der |den |das )?(?:traitement|tache|trabajo|tarea|proceso|lavoro|auftrag|verarbeitung)s?) (?P<name>{named})",
    ):
        for match in list(re.finditer(pattern, found.text)):
            _add(found, "workloads", written[match.start("name") : match.end("name")])
            _blank(found, match.start(), match.end())


def _add(found: Whom, kind: str, name: str) -> None:
    listed = found.names.setdefault(kind, [])
    if name not in listed:
        listed.append(name)


def _take_owners(found: Whom, written: str) -> None:
    """``alice's jobs``, ``jobs of alice``, ``jobs submitted by alice``."""
    works = r"(?:jobs?|applications?|apps?|runs?|workloads?|spark jobs?)"
    patterns = (
        rf"\b([\w.-]+)'s? {works}\b",
        rf"\b{works} (?:submitted|launched|started|owned|run) by (?:the )?({_LIST})",
    )
    for pattern in patterns:
        for match in list(re.finditer(pattern, found.text)):
            names, _, end = _names(found.text, written, match.start(1), match.end(1), from_end=False)
            if names:
                listed = found.names.setdefault("users", [])
                listed += [name for name in names if name not in listed]
                _blank(found, match.start(), max(end, match.start()))


def _take_platforms(found: Whom) -> None:
    for platform, pattern in PLATFORM_WORDS.items():
        for match in list(
            re.finditer(rf"(?:\b(?:on|under|in|auf|sur|en|for|with) )?(?:the )?{pattern}(?: clusters?)?", found.text)
        ):
            listed = found.names.setdefault("platforms", [])
            if platform not in listed:
                listed.append(platform)
            _blank(found, match.start(), match.end())


def _blank(found: Whom, start: int, end: int) -> None:
    found.text = f"{found.text[:start]}{' ' * (end - start)}{found.text[end:]}"
