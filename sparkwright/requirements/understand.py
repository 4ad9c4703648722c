"""Plain language to requirements: a grammar over the words, without a model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from data_contracts.api.requirements import MAX_TEXT_LENGTH
from data_contracts.requirements import JobRequirements, RequirementField, RequirementQuestion, UnderstoodRequirements
from sparkwright.errors import ConfigError
from sparkwright.requirements import questions
from sparkwright.requirements.amounts.bounds import read_bounds
from sparkwright.requirements.amounts.clocks import join_clocks
from sparkwright.requirements.amounts.quantities import join_quantities
from sparkwright.requirements.elided import restore
from sparkwright.requirements.fields.cost import read_costs
from sparkwright.requirements.fields.data import read_inputs
from sparkwright.requirements.fields.finish import read_deadlines
from sparkwright.requirements.fields.gpus import read_gpus
from sparkwright.requirements.fields.growth import NO_PERIOD, read_growth
from sparkwright.requirements.fields.memory import read_memory
from sparkwright.requirements.fields.platform import read_platforms
from sparkwright.requirements.fields.priority import read_priorities
from sparkwright.requirements.fields.risk import read_risks
from sparkwright.requirements.fields.schedule import read_schedules
from sparkwright.requirements.fields.time import read_durations
from sparkwright.requirements.items import Item, read_items
from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.standing import firmest, is_of_others, is_waived, is_weak
from sparkwright.requirements.structures import join_labels
from sparkwright.requirements.superseded import with_kinds, without_superseded
from sparkwright.requirements.text.compounds import without_names
from sparkwright.requirements.text.detection import language_of
from sparkwright.requirements.text.forms import with_keys, with_units
from sparkwright.requirements.text.open_labels import read_open
from sparkwright.requirements.text.orders import without_orders
from sparkwright.requirements.text.spelled import spelled
from sparkwright.requirements.text.text import composed, tokens, without_markup


@dataclass(frozen=True, slots=True)
class Taken:
    """Words of the text and the field that they were read for."""

    field: RequirementField
    words: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood, where it stands in the text, and in which language.

    Attributes:
        taken: In the order of the text; spans count characters of the composed text (NFC).
    """

    understood: UnderstoodRequirements
    taken: list[Taken]
    language: str
    answered_by: str = "grammar"


def understand(text: str, language: str | None = None) -> Understanding:
    """The requirements that a text states. The text is data: nothing in it is obeyed.

    Args:
        text: At most :data:`MAX_TEXT_LENGTH` characters.
        language: Its code; None: found out.

    Raises:
        ConfigError: It is empty or too long.
    """
    if not 1 <= len(text) <= MAX_TEXT_LENGTH:
        raise ConfigError(f"expected a text of 1 to {MAX_TEXT_LENGTH} characters, got {len(text)}")
    text = composed(text)
    pieces = tokens(without_markup(text))
    code = language or language_of(pieces)
    items = without_names(_corrections(read_items(list(with_keys(pieces, text)), code)))
    items = with_units(items)
    items = without_superseded(with_kinds(without_orders(join_clocks(join_quantities(items), code))))
    items = restore(join_labels(items))
    sentence = Sentence(items, code)
    readings = _readings(sentence)
    readings = [one for one in readings if not (is_of_others(sentence, one) or is_waived(sentence, one))]
    marks = [item.start for item in sentence.items if item.has("correct")]
    values: dict[str, object] = {}
    asked: list[RequirementQuestion] = []
    taken: list[Taken] = []
    for name in JobRequirements.model_fields:
        said = [one for one in readings if isinstance(one, Said) and one.field == name]
        unclear = [one for one in readings if isinstance(one, Unclear) and one.field == name]
        said = [one for one in said if one.is_correction] or said
        if len({repr(one.value) for one in said}) > 1:
            said = firmest(sentence, said)
        if said:
            unclear = [one for one in unclear if not is_weak(sentence, one)]
        _settle(name, said, unclear, marks, text, values, asked, taken)  # type: ignore[arg-type]
    taken.sort(key=lambda one: one.start)
    understood = UnderstoodRequirements(
        requirements=_valid(values), questions=asked, ignored=_ignored(text, sentence, readings)
    )
    return Understanding(understood, taken, code)


def _readings(sentence: Sentence) -> list[Said | Unclear]:
    """Everything that is said, field by field: what was read for one field is no word of a later one."""
    readings: list[Said | Unclear] = []
    for read in (
        read_costs,
        read_growth,
        read_risks,
        read_deadlines,
        read_durations,
        read_inputs,
        read_gpus,
        read_schedules,
        read_priorities,
        read_memory,
        read_platforms,
        read_bounds,
        read_open,
    ):
        readings.extend(read(sentence))
    return readings


def _corrections(items: Sequence[Item]) -> list[Item]:
    """The items, where a ``no`` that stands alone takes back what was said: ``on k8s; no, on yarn``."""
    marked = list(items)
    for at, item in enumerate(items):
        opens = at > 0 and items[at - 1].has("stop", "comma", "or")
        if (
            opens
            and item.text in _NO
            and at + 1 < len(items)
            and (items[at + 1].has("stop", "comma") or items[at + 1].text == "-")
        ):
            marked[at] = replace(item, concepts=frozenset({"correct"}) | (item.concepts & {"no_answer"}))
    return marked


_NO = spelled("no_alone")


def _settle(
    name: RequirementField,
    said: list[Said],
    unclear: list[Unclear],
    marks: Sequence[int],
    text: str,
    values: dict[str, object],
    asked: list[RequirementQuestion],
    taken: list[Taken],
) -> None:
    """Decide what a field is: one value, a question, or nothing."""
    if len({repr(one.value) for one in said}) > 1:
        said = [one for one in said if not one.is_denied] or said
        said = _corrected(said, marks)
    unclear = _open(said, unclear, marks)
    spans = [(one.start, one.end) for one in said] + [(one.start, one.end) for one in unclear]
    taken.extend(Taken(name, text[start:end], start, end) for start, end in spans)
    if unclear:
        asked.append(questions.question(unclear[0], text[unclear[0].start : unclear[0].end]))
    elif len({repr(one.value) for one in said}) > 1:
        asked.append(questions.contradiction(name, [text[one.start : one.end] for one in said]))
    elif said:
        values[name] = said[0].value


def _corrected(said: list[Said], marks: Sequence[int]) -> list[Said]:
    """What still holds of several values: those after the last ``sorry, I mean`` that stands between them."""
    ordered = sorted(said, key=lambda one: one.start)
    for mark in sorted(marks, reverse=True):
        if ordered[0].start < mark < ordered[-1].start:
            return [one for one in ordered if one.start > mark]
    return ordered


def _open(said: Sequence[Said], unclear: list[Unclear], marks: Sequence[int]) -> list[Unclear]:
    """What has to be asked: nothing where the field was said exactly beside a vague word or after a correction."""
    if not said:
        return unclear
    last = max(one.start for one in said)
    if any(one.start < mark <= last for one in unclear for mark in marks):
        return []
    if said[0].field == "growth":  # 1.5 times as much a year (+50%)
        unclear = [one for one in unclear if one.detail != NO_PERIOD]
    return [one for one in unclear if one.reason == "out_of_range" or one.detail not in questions.SOFT]


def _valid(values: dict[str, object]) -> JobRequirements:
    try:
        return JobRequirements.model_validate(values)
    except ValidationError as error:  # what the readers let through that the contract refuses
        wrong = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
        return JobRequirements.model_validate({name: value for name, value in values.items() if name not in wrong})


def _ignored(text: str, sentence: Sentence, readings: Iterable[Said | Unclear]) -> list[str]:
    """Clauses of the text that no field was read from, as they stand."""
    spans = [(one.start, one.end) for one in readings]
    ignored: list[str] = []
    low = 0
    cuts = [item for item in sentence.items if item.has("stop", "comma", "but")]
    for start, end in [*((item.start, item.end) for item in cuts), (len(text), len(text))]:
        part = text[low:start]
        stripped = part.strip()
        if (
            stripped
            and not any(one < start and other > low for one, other in spans)
            and any(map(str.isalnum, stripped))
        ):
            ignored.append(stripped)
        low = end
    return ignored
