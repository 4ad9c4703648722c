"""What a sentence allows and demands: bounds, forbidden and required values, budgets.

The text is turned into typed spans (``ground``). Each amount is read as an end of something, all at once: of all readings
the one is taken that costs least (``frames``), by how far apart what belongs together stands, over which borders, and by
what is left unexplained. What is said without an amount is read of the properties that are left (``verdicts``).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from data_contracts.properties.policy import kind_of
from sparkwright.parsing.stretches import around, blanked
from sparkwright.policy.language.amounts.carried import Frame
from sparkwright.policy.language.amounts.ends import SIDES
from sparkwright.policy.language.amounts.frames import frames_of
from sparkwright.policy.language.amounts.ground import DIRECTIONS, NOUNS, SYMBOLS, Ground, ground_of
from sparkwright.policy.language.amounts.items import items_of
from sparkwright.policy.language.amounts.rules import say
from sparkwright.policy.language.amounts.subjects import DYNAMIC
from sparkwright.policy.language.said import Said
from sparkwright.policy.language.switches.undecided import ask_undecided
from sparkwright.policy.language.switches.verdicts import verdicts
from sparkwright.policy.language.text.rephrased import rephrased
from sparkwright.policy.language.text.told import clause_around, without_counts
from sparkwright.policy.language.vocabulary import cued

_CLAUSE: Final = 2.4
_REACH: Final = 160
"""How many letters around an amount may be its clause."""
_SENTENCE: Final = re.compile(r"[.!?;\n](?=\s|$)")
_WORDS_OF_REMARK: Final = 3
_AND: Final = re.compile(
    rf"(?:[\s,/&]|{cued('and_').pattern}|{cued('or_').pattern}|nor|as well as|sowie|both|the|each|der|die|den|les?|la|los)+"
)
_OR: Final = re.compile(rf"\W*(?:{cued('or_').pattern})\W*")


def read_statements(folded: str, said: Said) -> None:
    """Add what a text says, its scope taken out already.

    Args:
        folded: Lower case without accents, numbers in digits.
        said: What was said before; it is added to.
    """
    ground = ground_of(without_counts(rephrased(folded)))
    items = items_of(ground)
    frames = _without_remarks(ground, _without_choices(ground, frames_of(ground, items), said))
    frames = [one for frame in frames for one in (frame, *_joined(ground, frame, frames))]
    doubtful = [frame for frame in frames if _is_doubtful(ground, frame)]
    for frame in frames:
        if frame not in doubtful:
            say(ground, _of_instances(ground, frame, frames), said)
    _drop_what_is_bounded(said)
    names = {frame.subject.name for frame in frames}
    used = {frame.subject.span for frame in frames if frame.subject.span and frame.subject.span.name != DYNAMIC}
    used |= {one for one in ground.properties if one.name in names and one.name != DYNAMIC}
    verdicts(ground, used, [one.span for one in items], said)
    ask_undecided(ground, said)
    if not said.says_something:
        for frame in doubtful:
            say(ground, frame, said)


def _joined(ground: Ground, frame: Frame, frames: list[Frame]) -> Iterator[Frame]:
    """``executor memory and driver memory at most 8 GB``: the frames of properties that share an amount with another."""
    at = next((at for at, one in enumerate(ground.properties) if one == frame.subject.span), None)
    if at is None or ground.properties[at].name != frame.subject.name:
        return
    told = {other.subject.name for other in frames} | {other.subject.more for other in frames}
    for step in (-1, 1):
        here = at
        while 0 <= here + step < len(ground.properties):
            one, other = ground.properties[here], ground.properties[here + step]
            is_alike = kind_of(one.name).is_numeric and kind_of(one.name).kind == kind_of(other.name).kind
            if not is_alike or other.name in told or not _AND.fullmatch(ground.between(one, other)):
                break
            yield replace(frame, subject=replace(frame.subject, name=other.name, span=other, more=""))
            here += step


def _without_choices(ground: Ground, frames: list[Frame], said: Said) -> list[Frame]:
    """Without amounts of which one may be chosen (``8 or 16 GB``): they are asked about."""
    found: list[Frame] = []
    for frame in frames:
        before = found[-1] if found else None
        is_other = (
            before is not None
            and before.subject.name == frame.subject.name
            and _OR.fullmatch(ground.text[before.amount.end : frame.amount.start])
            and (before.end in SIDES or not any(ground.near(["denied"], before.item.span, 2)))
        )
        if is_other:
            found.pop()
            said.ask("budgets" if frame.subject.measure else "bounds", "one of two amounts: which holds?")
        else:
            found.append(frame)
    return found


def _without_remarks(ground: Ground, frames: list[Frame]) -> list[Frame]:
    """Without counts of something else (``we have 40 nodes``) and amounts said again, where others say something."""
    frames = [frame for frame in frames if not _is_told(ground, frame, frames)]
    known = {frame.amount.value for frame in frames if not frame.subject.is_asked}
    return [frame for frame in frames if not known or not _is_remark(ground, frame, frames, known)]


def _is_remark(ground: Ground, frame: Frame, frames: list[Frame], known: set[Decimal]) -> bool:
    if frame.subject.is_asked and frame.amount.is_vague:
        return not _is_wish(ground, frame, frames)
    if frame.subject.is_asked and frame.amount.value in known:
        return True
    if frame.item.unit == "other":
        return frame.end == "none" or frame.subject.is_asked
    is_clock = re.search(r"\d:$", ground.text[: frame.amount.start]) or re.match(
        r":\d", ground.text[frame.amount.end :]
    )
    is_alone = frame.subject.is_asked and frame.subject.span is None
    return is_alone and (bool(is_clock) or _stands_apart(ground, frame, frames))


def _is_doubtful(ground: Ground, frame: Frame) -> bool:
    """``nobody needs 64 GB``: an amount of nothing in a clause that limits nothing is asked about where it is all there is."""
    if not frame.subject.is_asked or frame.subject.span is not None or frame.amount.is_vague:
        return False
    start, end = frame.amount.start, frame.amount.end
    at = max(0, start - _REACH)
    clause = clause_around(ground.text[at : end + _REACH], start - at, end - at)
    if not re.search(r"[^\W\d]{2}", clause.replace(ground.text[frame.amount.start : frame.item.span.end], "")):
        return False  # `at most 4 GB, 90 seconds`
    kinds = DIRECTIONS if frame.item.unit == "other" else (*DIRECTIONS, "permits", "exact")
    return not any(one.search(clause) for one in (SYMBOLS, *map(cued, kinds)))


def _is_wish(ground: Ground, frame: Frame, frames: list[Frame]) -> bool:
    """``..., and executors should get a sensible amount of memory``: a limit of its own that has no amount."""
    clause = clause_around(ground.text, frame.amount.start, frame.amount.end)
    start = ground.text.find(clause)
    is_alone = all(one is frame or not start <= one.amount.start < start + len(clause) for one in frames)
    is_about = any(NOUNS[one].search(clause) for one in ("memory", "core", "driver", "executor"))
    return is_alone and is_about and bool(cued("duties").search(clause))


def _stands_apart(ground: Ground, frame: Frame, frames: list[Frame]) -> bool:
    """Whether an amount is in a sentence of its own that sets no limit; else nobody knows what it is meant for."""
    start, end = around(_SENTENCE, ground.text, frame.amount.start, frame.amount.end)
    words = blanked(ground.text, frame.amount.start, frame.amount.end)[start:end]
    is_rule = any(cued(one).search(words) for one in ("most", "least", "above", "below"))
    return (
        len(re.findall(r"[^\W\d]+", words)) >= _WORDS_OF_REMARK
        and not (is_rule and frame.end != "none")
        and not any(start <= other.amount.start < end for other in frames if not other.subject.is_asked)
    )


def _is_told(ground: Ground, frame: Frame, frames: list[Frame]) -> bool:
    """``nodes with 64 cores each. Executors may have at most 6``: a count, where another sentence says what holds."""
    return frame.end == "none" and any(
        other.subject.name == frame.subject.name
        and other.end != "none"
        and not frame.subject.measure
        and ground.cost(frame.item.span, other.item.span) > _CLAUSE
        for other in frames
    )


def _of_instances(ground: Ground, frame: Frame, frames: list[Frame]) -> Frame:
    """``at least 3 executors, at most 12``: both ends of one property, and no budget."""
    subject = frame.subject
    if subject.measure == "executors" and SIDES.get(frame.end) == "max":
        for other in frames:
            is_near = other.subject == subject or ground.cost(other.item.span, frame.item.span) < 1.5
            if is_near and other.subject.measure == "executors" and SIDES.get(other.end) == "min":
                return replace(frame, subject=replace(subject, name="spark.executor.instances"))
    return frame


def _drop_what_is_bounded(said: Said) -> None:
    """``the limit is 8 GB: 8 GB it is``: a value that bounds is not required or forbidden, too."""
    for name, bound in said.bounds.items():
        if said.requires.get(name) in bound.values():
            del said.requires[name]
    bounded = {(name, value) for name, bound in said.bounds.items() for value in bound.values()}
    said.forbids = [one for one in said.forbids if not bounded & _values(one)]


def _values(forbidden: dict[str, object]) -> set[tuple[object, object]]:
    values = forbidden["values"]
    assert isinstance(values, list)
    return {(forbidden["property"], value) for value in values}
