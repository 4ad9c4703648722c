"""A policy from a sentence: what was said as the schema has it, and what has to be asked back before it can hold."""

import re
from dataclasses import dataclass

from pydantic import ValidationError

from data_contracts.policy import Policy
from data_contracts.policy_properties import kind_of, known_names
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.hours import take_hours
from sparkwright.policy.language.names import take_names
from sparkwright.policy.language.pieces import properties_in
from sparkwright.policy.language.quantities import in_digits
from sparkwright.policy.language.said import Part, Said
from sparkwright.policy.language.spelling import mended
from sparkwright.policy.language.statements import read_statements
from sparkwright.policy.language.tongues import translated
from sparkwright.policy.language.vague import about, says_nothing, vague_people
from sparkwright.policy.language.wording import corrected, expanded, without_asides, without_reasons
from sparkwright.policy.reading import faults_in
from sparkwright.requirements.text import composed, fold

MAX_LENGTH = 2000
_CANONICAL = {name.lower(): name for name in known_names()}
_PROPERTY = re.compile(r"(?<![\w.])(?:spark|executor|driver)\.[a-z][\w.\-]*\w")
_BE = r"(?:must|may|should|shall|can|has to|have to|needs to|is|are|muss|darf|soll|doit|debe)?(?: not|n't| never| always| only| nicht| immer)? ?(?:be |have the value |take the value )?(?:set )?(?:to )?"
_ASSIGNED = re.compile(
    rf"(?P<name>spark\.[A-Za-z][\w.\-]*\w)(?P<connector>\s*(?:={{1,2}}|:=)\s*|\s+{_BE}(?:to |auf |a )?)[\"'`]?(?P<value>[\w.+\-/$*\[\]]+)[\"'`]?(?P<more>(?:(?:,| or| nor| and) (?!(?:more|less|fewer|higher|lower|larger|smaller|above|below|in|for|on|the|must|may|should|spark)\b)[\"'`]?[\w.+\-/$*\[\]]+[\"'`]?(?=\s*(?:$|[,.;]|\b(?:or|nor|in|for|on)\b)))*)"
)
_SLIPS = {
    **{"teh": "the", "mroe": "more", "thna": "than", "thn": "than", "leats": "least", "msut": "must", "nto": "not"},
    **{"fro": "for", "adn": "and", "tema": "team", "usre": "user", "quue": "queue", "queu": "queue", "qeue": "queue"},
    **{
        "mem": "memory",
        "wiht": "with",
        "taht": "that",
        "hav": "have",
        "mor": "more",
        "cors": "cores",
        "onyl": "only",
        "alow": "allow",
        "moar": "more",
        "msot": "most",
        "mots": "most",
        "laest": "least",
        "jbo": "job",
        "jbos": "jobs",
        "mroe": "more",
        "atmost": "at most",
        "atleast": "at least",
        "upto": "up to",
        "limt": "limit",
        "nevr": "never",
        "croes": "cores",
        "drvier": "driver",
        "undr": "under",
        "utner": "unter",
        "abov": "above",
        "exced": "exceed",
        "everbody": "everybody",
        "pls": "please",
    },
}
_DAYS = {
    **dict(
        zip(("mo", "di", "mi", "do", "fr", "sa", "so"), ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True)
    ),
    **dict(
        zip(
            ("lun", "mar", "mie", "jue", "vie", "sab", "dom"),
            ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
            strict=True,
        )
    ),
    **{"mer": "Wed", "jeu": "Thu", "ven": "Fri", "sam": "Sat", "dim": "Sun"},
}
_SHORT_DAYS = re.compile(rf"\b({'|'.join(_DAYS)})\.?\s?(?:-|–|bis|a|à)\s?({'|'.join(_DAYS)})\b\.?", re.IGNORECASE)
"""Days in short German, Spanish and French, in a range."""
_NO_VALUES = frozenset(
    [
        "at",
        "be",
        "no",
        "not",
        "most",
        "least",
        "any",
        "more",
        "less",
        "off",
        "on",
        "forbidden",
        "required",
        "under",
        "below",
        "above",
        "over",
        "between",
        "max",
        "min",
        "maximum",
        "minimum",
        "exactly",
        "always",
        "never",
        "limited",
        "capped",
        "mandatory",
        "a",
        "an",
        "the",
        "allowed",
        "banned",
        "prohibited",
        "disabled",
        "enabled",
        "set",
        "for",
        "in",
        "by",
        "and",
        "or",
        "to",
        "may",
        "must",
        "should",
        "can",
        "cannot",
        "is",
        "are",
        "has",
        "have",
        "of",
        "with",
        "within",
        "exceed",
        "exceeds",
        "stay",
        "change",
        "overridden",
        "only",
        "greater",
        "larger",
        "smaller",
        "higher",
        "lower",
        "changed",
        "touched",
        "used",
        "active",
        "inactive",
        "switched",
        "turned",
        "from",
        "via",
        "as",
        "un",
        "une",
        "le",
        "la",
        "verboten",
        "pflicht",
        "nicht",
        "hochstens",
        "mindestens",
        "maximal",
        "interdit",
        "prohibido",
        "obligatorio",
        "go",
        "drop",
        "fall",
        "ever",
        "somewhere",
        "anywhere",
        "around",
        "about",
        "roughly",
        "something",
        "anything",
        "nothing",
        "enforced",
        "kept",
        "left",
        "overwritten",
        "reasonable",
        "permitted",
        "possible",
        "ok",
        "okay",
        "fine",
        "needed",
        "enough",
        "up",
        "if",
        "when",
    ]
)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that has to be asked back.

    Attributes:
        part: Of the policy.
        question: In words, to the person.
    """

    part: Part
    question: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of a text.

    Attributes:
        policy: None where nothing was said that a policy can hold, or something has to be asked first; without a
            question the text is about something else.
        parts: As far as it was understood: the schema of a policy without name and description.
        questions: What has to be asked back; with one the policy must not hold yet.
    """

    policy: Policy | None
    parts: dict[str, object]
    questions: tuple[Question, ...]


def read_policy(text: str, name: str = "said") -> Understood:
    """The policy that a text says.

    Args:
        text: One policy in plain language, at most 2000 characters.
        name: To give it.
    """
    said = Said()
    scope: dict[str, object] = {}
    if len(text) > MAX_LENGTH:
        said.ask("scope", f"expected at most {MAX_LENGTH} characters, got {len(text)}: say it shorter")
    else:
        scope = _read(text, said)
    parts: dict[str, object] = {"scope": scope} if scope else {}
    parts |= {part: getattr(said, part) for part in ("bounds", "forbids", "requires", "budgets") if getattr(said, part)}
    if not parts.keys() - {"scope"} and len(text) <= MAX_LENGTH:
        folded = fold(without_asides(expanded(mended(_usual(translated(composed(text)))))))
        if not scope and says_nothing(folded) and not properties_in(folded):
            said.asks.clear()  # not about policies at all
        elif not said.asks:
            said.ask(*about(folded))
    for name_of, bound in said.bounds.items():
        if _is_empty(name_of, bound):
            said.ask("bounds", f"at least {bound['min']} and at most {bound['max']} of {name_of} exclude one another")
    policy = None
    if not said.asks and parts:
        policy = _policy(name, text, parts, said)
    return Understood(policy, parts, tuple(Question(part, question) for part, question in said.asks))


def _is_empty(name: str, bound: dict[str, str]) -> bool:
    if len(bound) < 2:
        return False
    try:
        kind = kind_of(name)
        return kind.number(bound["min"]) > kind.number(bound["max"])
    except ValueError:
        return False  # told as a fault of the value


def _usual(text: str) -> str:
    """The text with usual slips mended that no dictionary of words finds."""
    for half, words in (
        ("am", r"in the morning|uhr morgens|du matin|de la manana|de la mañana"),
        ("pm", r"in the (?:evening|afternoon)|at night|uhr (?:abends|nachmittags)|du soir|de la (?:tarde|noche)"),
    ):
        text = re.sub(rf"\b(\d{{1,2}}(?::\d\d)?)(?: o'clock)? (?:{words})\b", rf"\1{half}", text, flags=re.IGNORECASE)
    text = re.sub(r"\b([Uu]e|[Ff]ue|[Dd]ue)(?=(?:ber|r|rfen)\b)", lambda one: f"{one[1][:-2]}ü", text)
    text = re.sub(r"\bhoechstens\b", "höchstens", text, flags=re.IGNORECASE)
    text = re.sub(_SHORT_DAYS, lambda one: f"{_DAYS[fold(one[1])]} to {_DAYS[fold(one[2])]}", text)
    for slip, word in _SLIPS.items():
        text = re.sub(rf"\b{slip}\b", word, text, flags=re.IGNORECASE)
    text = re.sub(
        r"\b(less|more|fewer|larger|smaller|bigger|greater|higher|lower|longer) then\b",
        r"\1 than",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\b(?:fatter|beefier|heavier|chunkier|wider|taller|richer|costlier|pricier) than\b",
        "more than",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"\b(mindestens|wenigstens|höchstens|maximal|at least|at most|au moins|al menos)\s+(?:aber|jedoch|but|though|however|mais|pero)\b",
        r"\1",
        text,
        flags=re.IGNORECASE,
    )
    # `2 cores max. Executors ...` ends a sentence.
    text = re.sub(r"\b((?i:max|min|incl|approx|ca|bzw|z\.b|e\.g|i\.e|resp|mind|exkl))\.(?!\s+[A-Z])", r"\1 ", text)
    text = re.sub(
        r"\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(one|two|three|four|five|six|seven|eight|nine)\b",
        r"\1 \2",
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(r"[‘’]", "'", text)


def _read(text: str, said: Said) -> dict[str, object]:
    written = translated(_usual(composed(text)))
    written = corrected(in_digits(without_asides(expanded(mended(written)))))
    written = _take_assigned(written, said)
    folded = fold(written)
    # Names of properties say nothing of queues and platforms.
    masked = _PROPERTY.sub(lambda match: "\u00a7" * len(match[0]), folded)
    whom = take_names(masked, written)
    when = take_hours(whom.text, written)
    when.text = "".join(there if here == "\u00a7" else here for here, there in zip(when.text, folded, strict=True))
    scope: dict[str, object] = dict(whom.names)
    if when.windows:
        scope["windows"] = when.windows
    if who := vague_people(when.text):
        said.ask("scope", f"who is meant by {who!r}?")
    for question in (*whom.unclear, *when.unclear):
        said.ask("scope", question)
    read_statements(without_reasons(when.text), said)
    _restore_names(said, written)
    return scope


def _take_assigned(written: str, said: Said) -> str:
    """Properties by Spark's own names, with a value: taken as they stand, in their own case."""
    # What stands in quotes with more words is a name, whatever it says.
    quoted = [
        one.span()
        for one in re.finditer(r"""(["'`])(?=[^"'`]*\s)[^"'`]{3,200}\1(?!\w)|[“„«][^”“»]*\s[^”“»]*[”“»]""", written)
    ]

    def take(match: re.Match[str]) -> str:
        if any(start < match.start() < end for start, end in quoted):
            return match[0]
        name, value = _CANONICAL.get(match["name"].lower(), match["name"]), match["value"].rstrip(".,;:")
        before = fold(written[max(0, match.start() - 40) : match.start()])
        after = fold(written[match.end() : match.end() + 40])
        refused = re.match(
            r"\s*(?:is |are )?(?:forbidden|not (?:allowed|permitted)|prohibited|banned|disallowed|verboten|interdit|prohibido)\b",
            after,
        )
        connector = fold(match["connector"])
        is_bounded = re.search(
            r"(?:limit\w*|cap\w*|restrict\w*|max\w*|min\w*|raise|increase|lower|most|least|keep)[^\w:;.,]*(?:\w+[^\w:;.,]+){0,2}$",
            before,
        )
        if (
            not re.search(r"=|\b(?:be|to|is|are|set|value|auf|sein|a|only)\b", connector)
            or re.match(r"\s*(?:not|nicht)\b", after)
            or value.lower() in _NO_VALUES
            or is_bounded
            or re.match(
                r"\s*(?:[kmgt]i?b?\b|gigs?\b|gigabytes?\b|megabytes?\b|seconds?\b|minutes?\b)?\s*(?:(?:or|and) (?:more|less|fewer|higher|lower|larger|smaller|above|below|bigger|greater)|to|-|\.\.|at|max|min)\b",
                after,
            )
        ):
            return match[0]
        denied = re.search(rf"{lexicon.FORBID.pattern}[^.;,]*$", before) and not re.search(r"\bmust\b", connector)
        if lexicon.FORBID.search(connector) or denied or refused:
            said.forbid(
                name, *(one.strip(" '\"`") for one in re.split(r"\s*(?:,|\bor\b|\band\b)\s*", value + match["more"]))
            )
        else:
            said.requires[name] = value
            return " " * (match.end("value") - match.start()) + written[match.end("value") : match.end()]
        return " " * len(match[0])

    return _ASSIGNED.sub(take, written)


def _policy(name: str, text: str, parts: dict[str, object], said: Said) -> Policy | None:
    try:
        policy = Policy.model_validate({"name": name, "description": text[:1024], **parts})
    except ValidationError as error:
        said.ask("bounds", "; ".join(one["msg"] for one in error.errors()))
        return None
    faults = faults_in(policy)
    for place, fault in faults:
        part = str(place[0])
        said.ask(part if part in {"scope", "bounds", "forbids", "requires", "budgets"} else "bounds", fault)  # type: ignore[arg-type]
    return None if faults else policy


def _restore_names(said: Said, written: str) -> None:
    """Names of properties in their own case: as Spark spells them, else as they were written."""
    spelt = {match[0].lower(): match[0] for match in re.finditer(r"spark\.[A-Za-z][\w.\-]*\w", written)} | _CANONICAL
    said.bounds = {spelt.get(name.lower(), name): bound for name, bound in said.bounds.items()}
    said.requires = {spelt.get(name.lower(), name): value for name, value in said.requires.items()}
    for one in said.forbids:
        name = str(one["property"])
        one["property"] = spelt.get(name.lower(), name)
