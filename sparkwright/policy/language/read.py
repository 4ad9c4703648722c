"""A policy from a sentence: what was said as the schema has it, and what has to be asked back before it can hold."""

import re
from dataclasses import dataclass

from pydantic import ValidationError

from data_contracts.policy import Policy
from data_contracts.properties.policy import kind_of
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.said import Part, Said
from sparkwright.policy.language.scope.names import take_names
from sparkwright.policy.language.scope.several import several_scopes
from sparkwright.policy.language.scope.vague import (
    about,
    decides_nothing,
    described,
    listed_elsewhere,
    says_nothing,
    vague_people,
)
from sparkwright.policy.language.statements import read_statements
from sparkwright.policy.language.switches.assigned import take_assigned
from sparkwright.policy.language.text.corrections import corrected
from sparkwright.policy.language.text.digits import in_digits
from sparkwright.policy.language.text.forms import lines_of
from sparkwright.policy.language.text.kept import only_values
from sparkwright.policy.language.text.misspelt import all_names, ask_for_names, in_known_names
from sparkwright.policy.language.text.references import without_references
from sparkwright.policy.language.text.spelling import mended
from sparkwright.policy.language.text.tables import without_tables
from sparkwright.policy.language.text.told import rules_nothing, without_remarks, without_told
from sparkwright.policy.language.text.tongues import translated
from sparkwright.policy.language.text.usual import usual
from sparkwright.policy.language.text.wording import expanded, without_asides, without_purposes, without_signers
from sparkwright.policy.language.times.hours import take_hours
from sparkwright.policy.language.times.session_zone import take_session_zone
from sparkwright.policy.reading import faults_in
from sparkwright.requirements.text.text import composed, fold

MAX_LENGTH = 2000
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PROPERTY = re.compile(r"(?<![\w.])(?:spark|executor|driver)\.[a-z][\w.\-]*\w")


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
    if _SURROGATE.search(text):  # nothing that holds it can be written down
        return Understood(None, {}, (Question("scope", "the text has characters that are none: write it again"),))
    said = Said()
    scope: dict[str, object] = {}
    if len(text) > MAX_LENGTH:
        said.ask("scope", f"expected at most {MAX_LENGTH} characters, got {len(text)}: say it shorter")
    else:
        scope = _read(text, said)
    parts: dict[str, object] = {"scope": scope} if scope else {}
    parts |= {part: getattr(said, part) for part in ("bounds", "forbids", "requires", "budgets") if getattr(said, part)}
    if not parts.keys() - {"scope"} and len(text) <= MAX_LENGTH:
        folded = fold(without_asides(expanded(mended(without_references(translated(usual(composed(text))))))))
        if decides_nothing(folded) or rules_nothing(in_digits(folded)):
            parts.clear()
            said.asks.clear()
        elif not scope and says_nothing(folded) and not re.search(r"[$€£] ?\d", folded) and not properties_in(folded):
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


def _read(text: str, said: Said) -> dict[str, object]:
    written = without_references(translated(usual(lines_of(without_tables(composed(text))))))
    written = corrected(in_digits(without_asides(expanded(mended(written)))))
    written, misspelt = in_known_names(only_values(written))
    written = _kept(written, without_remarks(without_signers(fold(written))))
    written = take_session_zone(take_assigned(written, said), said)
    folded = without_purposes(fold(written))
    # Names of properties say nothing of queues and platforms.
    masked = _PROPERTY.sub(lambda match: "\u00a7" * len(match[0]), folded)
    for start, end, _ in properties_in(masked):
        if re.search(r"\busers?\b", masked[start:end]):  # `the user interface`
            masked = masked[:start] + "\u00a7" * (end - start) + masked[end:]
    if elsewhere := listed_elsewhere(masked):
        said.ask("scope", f"who is meant by {elsewhere[0]!r}? Name them here")
        masked = masked.replace(elsewhere[0], " " * len(elsewhere[0]))
    whom = take_names(masked, written)
    when = take_hours(whom.text, written)
    when.text = "".join(there if here == "\u00a7" else here for here, there in zip(when.text, folded, strict=True))
    scope: dict[str, object] = dict(whom.names)
    if when.windows:
        scope["windows"] = when.windows
    ruling = without_told(when.text)
    if who := vague_people(ruling) or ("" if whom.names else described(ruling)):
        said.ask("scope", f"who is meant by {who!r}?")
    for question in (*whom.unclear, *when.unclear):
        said.ask("scope", question)
    read_statements(when.text, said)
    _restore_names(said, written)
    ask_for_names(said, misspelt)
    said.ask_what_is_open()
    if question := several_scopes(masked, when.text, whom.names):
        said.asks = [("scope", question)]  # two limits of one property contradict one another only for one scope
    _drop_what_is_said(said)
    return scope


def _kept(written: str, folded: str) -> str:
    """The text as it was written, with blanks where the folded one has them."""
    return "".join(" " if there == " " else here for here, there in zip(written, folded, strict=True))


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


def _drop_what_is_said(said: Said) -> None:
    """``must be X and may not be changed``: whoever may not change what is set is told nothing new."""
    told = said.requires.keys() | said.bounds.keys()
    said.forbids = [one for one in said.forbids if one["values"] or one["property"] not in told]
    # `cluster mode; client mode is out`: of words the one that has to be leaves out the others.
    words = {name: value for name, value in said.requires.items() if kind_of(name).kind == "text"}
    said.forbids = [one for one in said.forbids if words.get(str(one["property"]), one["values"]) in _values(one)]


def _values(forbidden: dict[str, object]) -> list[object]:
    """The values, and all of them as one."""
    values = forbidden["values"]
    assert isinstance(values, list)
    return [*values, values]


def _restore_names(said: Said, written: str) -> None:
    """Names of properties in their own case: as Spark spells them, else as they were written."""
    spelt = {match[0].lower(): match[0] for match in re.finditer(r"spark\.[A-Za-z][\w.\-]*\w", written)} | all_names()
    said.bounds = {spelt.get(name.lower(), name): bound for name, bound in said.bounds.items()}
    said.requires = {spelt.get(name.lower(), name): value for name, value in said.requires.items()}
    for one in said.forbids:
        name = str(one["property"])
        one["property"] = spelt.get(name.lower(), name)
