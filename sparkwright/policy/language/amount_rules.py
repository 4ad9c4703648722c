"""Frames of amounts as parts of a policy."""

import re
from dataclasses import replace
from decimal import Decimal

from data_contracts.policy_properties import kind_of
from sparkwright.policy.language.frames import Frame
from sparkwright.policy.language.ground import Ground, Span
from sparkwright.policy.language.quantities import Amount, plain
from sparkwright.policy.language.said import Said
from sparkwright.policy.language.vocabulary import says

_BORDER = re.compile(r"[,;.](?=\s)|\b(?:and|but|while|und|aber|et|mais|y|pero)\b")
SIDES = {"max": "max", "under": "max", "min": "min", "over": "min"}
_PERIODS = ("of_run", "per_day", "per_week", "per_month", "per_other")


def say(ground: Ground, frame: Frame, said: Said) -> None:
    """Add one frame."""
    name, amount = frame.subject.name, frame.amount
    if name.startswith("ask:") and amount.is_vague and amount.kind == "number" and frame.subject.span is None:
        return  # said of nothing that has numbers
    if name.startswith("ask:"):
        said.ask(name.removeprefix("ask:"), f"{ground.text[amount.start:amount.end]}: {frame.subject.question}")  # type: ignore[arg-type]
        return
    if amount.value < 0 and not name.endswith("Threshold"):
        said.ask("budgets" if name.startswith("budget:") else "bounds", f"expected a value above zero, got {plain(amount.value)}")
        return
    name = _with_end(ground, name, frame)
    if amount.is_vague:
        said.ask("budgets" if name.startswith("budget:") else "bounds", f"how much exactly is {ground.text[amount.start:amount.end]!r}?")
        return
    if name.startswith("budget:"):
        _budget(ground, frame, name.removeprefix("budget:"), said)
        return
    for one in (name, *((frame.subject.more,) if frame.subject.more else ())):
        _bound(ground, frame, one, said)


def _with_end(ground: Ground, name: str, frame: Frame) -> str:
    """What depends on the end: counts of executors, cores of nobody in particular."""
    side = "range" if frame.end == "range" else SIDES.get(frame.end, "max" if frame.amount.is_vague else "")
    if name == "cores":
        return "budget:cores" if side == "max" or (frame.end in {"none", "exact"} and ground.cues["of_run"]) else "spark.executor.cores"
    if name == "initialExecutors":
        return "spark.dynamicAllocation.initialExecutors"
    if name in {"dynamicExecutors", "spark.dynamicAllocation.enabled"}:
        return f"spark.dynamicAllocation.{'min' if side == 'min' else 'max'}Executors"
    if name == "budget:executors" and (
        side in {"min", "range"}
        or (frame.end in {"exact"} and not any(ground.cost(one, frame.item) < 1.5 for one in ground.cues["of_run"]))
    ):
        return "spark.executor.instances"
    if name == "budget:cores" and side == "min":
        return "spark.executor.cores"
    return name


def _bound(ground: Ground, frame: Frame, name: str, said: Said) -> None:
    if frame.end == "range" and frame.upper is not None:
        low = name.replace("maxExecutors", "minExecutors") if frame.subject.name in {"dynamicExecutors", "spark.dynamicAllocation.enabled"} else name
        _set(said, low, "min", frame.amount)
        _set(said, name, "max", frame.upper)
        return
    kind = kind_of(name).kind
    side = SIDES.get(frame.end)
    amount = frame.amount
    if side is None and (tail := name.rsplit(".", 1)[-1]) in {"maxExecutors", "minExecutors"} and frame.end == "none":
        side = tail[:3]
    if side is None:
        if _is_forbidden(ground, frame):
            said.forbid(name, written(name, amount))
        elif amount.kind == "number" and kind in {"size", "time"}:
            said.ask("requires" if frame.end == "exact" else "bounds", f"expected a unit: {plain(amount.value)} of what, for {name}?")
        else:
            said.require(name, written(name, amount))
        return
    if kind == "count" and frame.end in {"under", "over"}:
        amount = replace(amount, value=amount.value + (1 if frame.end == "over" else -1))
    _set(said, name, side, amount)


def _is_forbidden(ground: Ground, frame: Frame) -> bool:
    return any(
        ground.cost(one, frame.item) < 1.6 and not _BORDER.search(ground.between(one, frame.item))
        for one in ground.cues["denied"]
    )


def _set(said: Said, name: str, side: str, amount: Amount) -> None:
    if kind_of(name).kind in {"size", "time"} and amount.kind == "number":
        said.ask("bounds", f"expected a unit: {plain(amount.value)} of what, for {name}?")
    else:
        said.bound(name, side, written(name, amount))


def written(name: str, amount: Amount) -> str:
    """The amount as Spark reads it as a value of the property."""
    return amount.written() if amount.kind != "percent" or kind_of(name).kind != "count" else plain(amount.value)


def _budget(ground: Ground, frame: Frame, measure: str, said: Said) -> None:
    amount = frame.upper or frame.amount
    if frame.end == "range":
        said.ask("bounds", f"a budget has no least: whose are {plain(frame.amount.value)} to {plain(amount.value)}?")
        return
    if measure == "cost_usd" and amount.kind == "money" and amount.currency != "USD":
        said.ask("budgets", f"a budget is in US dollars, got {amount.currency}: how many dollars are meant?")
        return
    value = amount.value
    if amount.kind == "time":  # `1000 hours of core time`
        value = Decimal(digits[0].replace(",", ".")) if (digits := re.search(r"\d+(?:[.,]\d+)?", ground.text[amount.start :])) else value
    if amount.kind == "size":
        value /= 1024**3
    elif measure == "memory_gib_hours" and re.match(r"\s*-?t", ground.text[amount.end :]):
        value *= 1024
    if measure in {"cores", "executors"} and frame.end == "under":
        value -= 1
    if measure in {"cores", "executors", "memory_gib"}:
        said.budget(measure, value, "run")
        return
    found: list[tuple[float, Span]] = []
    for kind in _PERIODS:
        for one in ground.cues[kind]:
            cost = ground.cost(one, frame.item)
            is_after = one.start >= frame.item.end
            if cost < 6:
                found.append((cost + (0.0 if is_after else 0.4), one))
    found += [(ground.cost(one, frame.item) + 2.0, one) for one in ground.cues["runs"] if ground.cost(one, frame.item) < 4]
    if not found:
        said.ask("budgets", "for how long is that: a run, a day, a week or a month?")
        return
    kind = min(found, key=lambda one: one[0])[1].kind
    if kind == "per_other":
        said.ask("budgets", "a budget is for a run, a day, a week or a month: which is meant?")
        return
    said.budget(measure, value, {"of_run": "run", "runs": "run"}.get(kind, kind.removeprefix("per_")))


__all__ = ["say", "says", "written"]
