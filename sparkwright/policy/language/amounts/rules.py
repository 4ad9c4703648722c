"""Frames of amounts as bounds, budgets, required and forbidden values, or as what has to be asked."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from data_contracts.properties.policy import kind_of
from sparkwright.policy.language.amounts.carried import Frame
from sparkwright.policy.language.amounts.ends import SIDES
from sparkwright.policy.language.amounts.ground import Ground
from sparkwright.policy.language.amounts.quantities import Amount, plain
from sparkwright.policy.language.amounts.subject import distance
from sparkwright.policy.language.amounts.subjects import DYNAMIC, IN_MEBIBYTES
from sparkwright.policy.language.said import Part, Said
from sparkwright.policy.language.text.told import clause_around
from sparkwright.policy.language.vocabulary import cued, whole

_BORDER: Final = re.compile(rf"[,;.](?=\s)|{cued('and_').pattern}")
_PERIODS: Final = {
    **{"of_run": "run", "runs": "run", "per_day": "day", "per_week": "week", "per_month": "month"},
    "per_other": "",
}
_NEVER_ZERO: Final = (".memory", ".cores", ".instances", ".partitions", ".cpus", "cores", "executors", "maxExecutors")
_TRIES: Final = frozenset({"spark.task.maxFailures", "spark.stage.maxConsecutiveAttempts", "spark.yarn.maxAppAttempts"})
_RETRIES: Final = re.compile(
    r"\b(?:re-?(?:tr(?:y|ies|ied)|runs?|peat)\w*|\w*wiederhol\w*|neuversuche?|reintent\w*|reessa\w*)"
)
_EACH: Final = re.compile(r"(?:per|an?|each|every|one|any|single|/)(?!\w)|\w+'s")
_AT_ONCE: Final = frozenset({"cores", "executors", "memory_gib"})


def say(ground: Ground, frame: Frame, said: Said) -> None:
    """Add one frame.

    Args:
        ground: The text.
        frame: Of one of its amounts.
        said: It is added to.
    """
    name, amount = frame.subject.name, frame.amount
    words = ground.text[amount.start : amount.end]
    if frame.subject.is_asked:
        if not (amount.is_vague and amount.kind == "number" and frame.subject.span is None):
            part: Part = "budgets" if name == "ask:budgets" else "bounds"
            said.ask(part, f"{words}: {frame.subject.question}")
        return
    frame = _in_failures(ground, frame)
    amount, name = frame.amount, _with_end(ground, name, frame)
    part = "budgets" if name.startswith("budget:") else "bounds"
    is_nothing = amount.value == 0 and frame.end == "max" and name.endswith(_NEVER_ZERO)
    if is_nothing or (amount.value < 0 and not name.endswith("Threshold")):
        said.ask(part, f"expected a value above zero, got {plain(amount.value)}")
    elif amount.is_vague:
        said.ask(part, f"how much exactly is {words!r}?")
    elif part == "bounds" and frame.end == "none" and _is_opinion(clause_around(ground.text, amount.start, amount.end)):
        said.ask(part, f"{words}: is that the most, the least, or exactly what has to be?")
    elif part == "budgets":
        _budget(ground, frame, name.removeprefix("budget:"), said)
    else:
        for one in (name, frame.subject.more):
            if one:
                _bound(ground, frame, one, said)


def _is_opinion(clause: str) -> bool:
    """``8 GB feels right``, ``executors with 8 GB are useless``: it is thought, and not ruled."""
    return bool(whole("opinion").search(clause) or whole("too_much").search(clause))


def _in_failures(ground: Ground, frame: Frame) -> Frame:
    """``three task retries``: Spark counts the first try, too, so that its value is one more."""
    one, item = frame.subject.span, frame.item
    if frame.subject.name not in _TRIES or one is None or ground.text.startswith("spark.", one.start):
        return frame
    words = ground.text[min(one.start, item.span.start) : max(one.end, item.span.end + len(" retries"))]
    if not _RETRIES.search(words):
        return frame
    upper = item.upper and replace(item.upper, value=item.upper.value + 1)
    amount = replace(frame.amount, value=frame.amount.value + 1)
    return replace(frame, amount=amount, item=replace(item, upper=upper))


def _with_end(ground: Ground, name: str, frame: Frame) -> str:
    """The name, where it depends on the end: counts of executors, cores of nobody in particular."""
    side = frame.end if frame.end == "range" else SIDES.get(frame.end, "max" if frame.amount.is_vague else "")
    if name == "initialExecutors":
        return "spark.dynamicAllocation.initialExecutors"
    if name in {"dynamicExecutors", DYNAMIC}:
        return f"spark.dynamicAllocation.{'min' if side == 'min' else 'max'}Executors"
    if name == "cores":
        return "budget:cores" if side == "max" or (not side and ground.cues["of_run"]) else "spark.executor.cores"
    if name == "budget:cores" and side == "min":
        return "spark.executor.cores"
    is_of_run = any(ground.near(["of_run"], frame.item.span, 1.5))
    if name == "budget:executors" and (side in {"min", "range"} or (frame.end == "exact" and not is_of_run)):
        return "spark.executor.instances"
    return name


def _bound(ground: Ground, frame: Frame, name: str, said: Said) -> None:
    amount, upper = frame.amount, frame.item.upper
    if upper is not None:
        is_dynamic = frame.subject.name in {"dynamicExecutors", DYNAMIC}
        _set(said, name.replace("maxExecutors", "minExecutors") if is_dynamic else name, "min", amount)
        _set(said, name, "max", upper)
        return
    if kind_of(name).kind == "text" and (word := _word_around(ground, amount)):
        (said.forbid if _is_denied(ground, frame) else said.require)(name, word)
        return
    side = SIDES.get(frame.end)
    if side is None and frame.end == "none" and name.endswith(("maxExecutors", "minExecutors")):
        side = "max" if name.endswith("maxExecutors") else "min"  # the name says it
    if side is not None:
        if kind_of(name).kind == "count" and frame.end in {"under", "over"}:
            amount = replace(amount, value=amount.value + (1 if frame.end == "over" else -1))
        _set(said, name, side, amount)
    elif _is_denied(ground, frame):
        said.forbid(name, _written(name, amount))
    elif amount.kind == "number" and kind_of(name).kind in {"size", "time"}:
        part: Part = "requires" if frame.end == "exact" else "bounds"
        said.ask(part, f"expected a unit: {plain(amount.value)} of what, for {name}?")
    else:
        said.require(name, _written(name, amount))


def _word_around(ground: Ground, amount: Amount) -> str:
    """``the image registry.local/spark:3.5``: the number is a part of a word."""
    before, behind = re.search(r"\S*$", ground.text[: amount.start]), re.match(r"\S*", ground.text[amount.end :])
    ends = (before[0] if before else "", behind[0] if behind else "")
    word = f"{ends[0]}{ground.text[amount.start : amount.end]}{ends[1]}".rstrip(".,;")
    return word if re.search(r"\w[/:]", word) else ""


def _is_denied(ground: Ground, frame: Frame) -> bool:
    return any(
        not _BORDER.search(ground.between(one, frame.item.span))
        for _, one in ground.near(["denied"], frame.item.span, 1.6)
    )


def _set(said: Said, name: str, side: str, amount: Amount) -> None:
    if kind_of(name).kind in {"size", "time"} and amount.kind == "number":
        said.ask("bounds", f"expected a unit: {plain(amount.value)} of what, for {name}?")
    else:
        said.bound(name, side, _written(name, amount))


def _written(name: str, amount: Amount) -> str:
    """The amount as Spark reads it as a value of the property."""
    if name == IN_MEBIBYTES and amount.kind == "size":
        return plain(amount.value / 1024**2)
    return amount.written() if amount.kind != "percent" or kind_of(name).kind != "count" else plain(amount.value)


def _budget(ground: Ground, frame: Frame, measure: str, said: Said) -> None:
    amount = frame.amount
    if frame.item.upper is not None:
        said.ask(
            "bounds", f"a budget has no least: whose are {plain(amount.value)} to {plain(frame.item.upper.value)}?"
        )
    elif amount.kind == "money" and amount.currency != "USD":
        said.ask("budgets", f"a budget is in US dollars, got {amount.currency}: how many dollars are meant?")
    elif measure in _AT_ONCE:
        one_less = measure != "memory_gib" and frame.end == "under"
        said.budget(measure, _value(ground, amount, measure) - one_less, "run")
    elif (period := _period(ground, frame)) is None:
        said.ask("budgets", "for how long is that: a run, a day, a week or a month?")
    elif not period:
        said.ask("budgets", "a budget is for a run, a day, a week or a month: which is meant?")
    else:
        said.budget(measure, _value(ground, amount, measure), period)


def _value(ground: Ground, amount: Amount, measure: str) -> Decimal:
    """In the unit of the measure."""
    if amount.kind == "size":
        return amount.value / 1024**3
    if amount.kind == "time" and (digits := re.search(r"\d+(?:[.,]\d+)?", ground.text[amount.start : amount.end])):
        return Decimal(digits[0].replace(",", "."))  # `1000 hours of core time`
    is_tera = measure == "memory_gib_hours" and re.match(r"\s*-?t", ground.text[amount.end :])
    return amount.value * 1024 if is_tera else amount.value


def _period(ground: Ground, frame: Frame) -> str | None:
    """The nearest period, empty for one that no budget has; None where there is none."""
    found = [
        (
            distance(ground, one, frame.item.span)
            + (0.0 if one.start >= frame.item.span.end else 0.8)
            + (0.0 if one.kind not in {"runs", "of_run"} or _EACH.match(one.name) else 2.0),
            one,
        )
        for _, one in ground.near(_PERIODS, frame.item.span, 6)
    ]
    return _PERIODS[min(found)[1].kind] if found else None
