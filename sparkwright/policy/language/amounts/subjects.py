"""What an amount may be said of: properties and budgets, each with what it costs to read it so."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from data_contracts.properties.policy import kind_of
from sparkwright.parsing.stretches import around
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.amounts.ground import NOUNS, Ground, Span
from sparkwright.policy.language.amounts.items import counts, unit_after
from sparkwright.policy.language.amounts.processes import CORES, MEMORY, are_both, of_whom, overhead_of
from sparkwright.policy.language.amounts.quantities import Amount
from sparkwright.policy.language.amounts.subject import SubjectOf, distance, is_behind_per
from sparkwright.policy.language.vocabulary import whole

DYNAMIC: Final = "spark.dynamicAllocation.enabled"
"""Where a number is said of it, one of its ends is meant."""
IN_MEBIBYTES: Final = "spark.rpc.message.maxSize"
"""A count of mebibytes, which people give a unit."""
_OF_PROCESS: Final = re.compile(r"spark\.(?:executor|driver)\.(?:memory|cores)")
_GPUS: Final = "spark.executor.resource.gpu.amount"
_PARTITIONS: Final = "spark.sql.shuffle.partitions"
_NEXT_TO: Final = 1.5
"""How far from a property whose values are words a number may stand."""
_BEFORE: Final = 2.4
_SENTENCE: Final = re.compile(r"[.!?;\n](?=\s|$)")
_OF_WHAT: Final = "of what: gigabytes, cores?"
_IN_DOLLARS: Final = re.compile(r"\b(?:usd|us\$|dollars?)\b[^\d]*$")


def subjects_of(ground: Ground, amount: Amount, unit: str, item: Span) -> list[SubjectOf]:
    """The readings of an amount by what stands in its sentence, the cheapest first.

    Args:
        ground: The text.
        amount: The amount.
        unit: What it counts.
        item: The amount with its unit.
    """
    found = list(_hours(ground, amount, item))
    if any(one.cost == 0 for one in found):
        return found
    if amount.kind == "money":
        return [SubjectOf("budget:cost_usd", 0.0)]
    found += _named(ground, amount, unit, item)
    found += _announced(ground, amount, unit, item)
    if amount.kind == "size":
        found += _memory(ground, item)
    elif amount.kind == "time":
        found += [
            SubjectOf("spark.dynamicAllocation.executorIdleTimeout", cost + 0.4, one)
            for cost, one in ground.near(["idle"], item, 4)
        ]
        found.append(SubjectOf("ask:bounds", 3.4, question="which time is meant: an idle timeout, a network timeout?"))
    elif unit == "other":
        found = [replace(one, cost=one.cost + 0.8) for one in found]
        found.append(SubjectOf("ask:bounds", 1.6, question=_OF_WHAT))
    elif unit:
        found += _counted(ground, unit, item)
    else:
        found += _bare(ground, amount, item)
    found.append(SubjectOf("ask:bounds", 5.0, question=_OF_WHAT))
    return sorted(found, key=lambda one: one.cost)[:6]


def _hours(ground: Ground, amount: Amount, item: Span) -> Iterator[SubjectOf]:
    """Hours of cores or memory; those that the amount stands beside cost nothing."""
    for kind, measure in (("core_hours", "budget:core_hours"), ("memory_hours", "budget:memory_gib_hours")):
        for cost, one in ground.near([kind], item, 2.4):
            is_beside = amount.start <= one.start <= amount.end + 3 or one.start <= amount.start < one.end
            if is_beside or (amount.kind == "number" and not unit_after(ground, amount)[0]):
                yield SubjectOf(measure, 0.0 if is_beside else cost + 0.01, one)


def _named(ground: Ground, amount: Amount, unit: str, item: Span) -> Iterator[SubjectOf]:
    """The properties of the text that can have such an amount."""
    for one in ground.properties:
        if not _fits(one.name, amount) or not counts(one.name, unit):
            continue
        is_beside = amount.end <= one.start <= amount.end + 2 and not ground.between(amount, one).strip(" -")
        cost = -0.5 if is_beside else distance(ground, one, item)
        if cost > 6 or (kind_of(one.name).kind == "text" and (unit or cost > _NEXT_TO)):
            continue
        if amount.kind == "number" and kind_of(one.name).kind in {"size", "time"}:
            cost += 1.0
        if amount.kind == "size" and any(one.end <= cue.start < item.start for cue in ground.cues["memory"]):
            cost += 0.9  # `overhead 1g, heap 4g`
        if one.name == DYNAMIC:
            cost += 0.8
        if one.name == "spark.executor.pyspark.memory":
            cost -= 1.2  # `of Python workers, per executor`
        if one.name in {"spark.executor.memory", "spark.executor.cores"}:
            measure = "memory_gib" if "memory" in one.name else "cores"
            if any(cue.end <= one.start for _, cue in ground.near(["together"], one, 0.3)):
                yield SubjectOf(f"budget:{measure}", cost - 0.2, one)  # `the sum of executor memory`
        name = overhead_of(ground, one)
        both = _OF_PROCESS.match(name) and are_both(ground, one)
        other = name.replace("executor", "driver") if ".executor." in name else name.replace("driver", "executor")
        yield SubjectOf(name, cost, one, other if both else "")


def _announced(ground: Ground, amount: Amount, unit: str, item: Span) -> Iterator[SubjectOf]:
    """``network timeout: people set hours. 10 minutes is the maximum``: the one thing named before, without an amount."""
    start, end = around(_SENTENCE, ground.text, item.start, item.end)
    spans = [
        *ground.properties,
        *(one for kind in NOUNS for one in ground.cues[kind] if kind not in {"refused", "too_much"}),
    ]
    before = [one for one in ground.properties if one.end <= start and kind_of(one.name).is_numeric]
    if unit or len(before) != 1 or any(start <= one.start < end for one in spans):
        return
    first, last = around(_SENTENCE, ground.text, before[0].start, before[0].end)
    is_told = any(first <= one.start < last for one in ground.amounts)
    if not is_told and _fits(before[0].name, amount) and kind_of(before[0].name).kind in {amount.kind, "count"}:
        yield SubjectOf(before[0].name, _BEFORE, before[0])


def _fits(name: str, amount: Amount) -> bool:
    is_whole = amount.kind == "unbounded" or (amount.kind == "number" and amount.value == int(amount.value))
    return {
        "size": amount.kind in {"size", "number"},
        "count": is_whole or (name == IN_MEBIBYTES and amount.kind == "size"),
        "factor": amount.kind in {"number", "percent"},
        "time": amount.kind in {"time", "number"},
        "flag": name == DYNAMIC and is_whole,
        "text": amount.kind == "number",
    }[kind_of(name).kind]


def _memory(ground: Ground, item: Span) -> list[SubjectOf]:
    is_said = any(
        not any(min(one.end, item.end) <= other.start < max(one.start, item.start) for other in ground.properties)
        for _, one in ground.near(["memory"], item, 0.5)
    )
    found = of_whom(ground, item, MEMORY, "memory_gib")
    found = [replace(one, cost=one.cost + (-0.3 if is_said else 0.25)) for one in found]
    question = "whose memory is meant: of an executor, of the driver, or of the whole application?"
    return [*found, SubjectOf("ask:bounds", 3.4, question=question)]


def _counted(ground: Ground, unit: str, item: Span) -> list[SubjectOf]:
    """By the noun behind a number."""
    if unit == "core":
        return [*of_whom(ground, item, CORES, "cores"), SubjectOf("cores", 2.8)]
    if unit == "executor":
        return list(_executors(ground, item))
    return [SubjectOf(_GPUS, 0.5) if unit == "gpu" else SubjectOf(_PARTITIONS, 0.6)]


def _executors(ground: Ground, item: Span) -> Iterator[SubjectOf]:
    yield SubjectOf("budget:executors", 0.5)
    for cost, one in ground.near(["static"], item, 1.5):
        yield SubjectOf("spark.executor.instances", 0.1 + cost * 0.3, one)
    for cost, one in ground.near(["dynamic"], item, 3.8):
        if _is_off(ground, one):
            continue
        yield SubjectOf("dynamicExecutors", cost * 0.15, one)
    for cost, one in ground.near(["initial"], item, 3.8):
        yield SubjectOf("initialExecutors", cost * 0.15 - 0.2, one)


def _is_off(ground: Ground, one: Span) -> bool:
    """``no dynamic allocation``, ``dynamic allocation off``."""
    behind = re.match(r"[^,;.\d]*", ground.text[one.end :])
    is_denied = any(cue.end <= one.start for _, cue in ground.near(["denied"], one, 0.3))
    is_off = behind and (lexicon.OFF.search(behind[0]) or whole("refused").search(behind[0]))
    return is_denied or bool(is_off)


def _bare(ground: Ground, amount: Amount, item: Span) -> list[SubjectOf]:
    """A number alone: by the noun before it."""
    found = [SubjectOf("ask:bounds", 3.0, question=_OF_WHAT)]
    if any(one.start >= item.end for _, one in ground.near(["per_day", "per_week", "per_month"], item, 0.3)):
        found.append(SubjectOf("ask:budgets", 0.9, question="of what: dollars, core-hours?"))
    for kind in ("core", "count", "executor", "gpu", "partition", "money", "memory"):
        for one in ground.cues[kind]:
            if (cost := distance(ground, one, item)) < 3:
                found += _of_noun(ground, amount, item, one, cost)
    return found


def _of_noun(ground: Ground, amount: Amount, item: Span, one: Span, cost: float) -> list[SubjectOf]:
    if one.kind == "core":
        found = of_whom(ground, item, CORES, "cores")
        return [
            *(replace(other, cost=other.cost + cost * 0.7 + 0.3) for other in found),
            SubjectOf("cores", cost * 0.7 + 1.9, one),
        ]
    if one.kind in {"count", "executor"}:
        is_of_run = any(one.end <= run.start < item.start for run in ground.cues["runs"])
        uses = one.end <= item.start and not is_of_run and whole("uses").search(ground.between(one, item))
        if one.kind == "executor" and (uses or is_behind_per(ground, one)):
            return [SubjectOf("ask:bounds", cost + 0.9, one, question=_OF_WHAT)]  # `executors may use at most 8`
        base = cost + (0.2 if one.kind == "count" else 0.9)
        return [replace(other, cost=other.cost + base, span=one) for other in _executors(ground, item)]
    if one.kind == "money":
        is_usd = _IN_DOLLARS.search(ground.text[: amount.start])
        question = "which currency? A budget is in US dollars"
        return [SubjectOf("budget:cost_usd" if is_usd else "ask:budgets", cost + 0.6, one, question=question)]
    if one.kind == "memory":
        part = "budgets" if any(ground.near(["together"], item, 2)) else "bounds"
        return [SubjectOf(f"ask:{part}", cost + 0.5, one, question="expected a unit: of what?")]
    return [SubjectOf(_GPUS, cost + 0.4, one) if one.kind == "gpu" else SubjectOf(_PARTITIONS, cost + 1.0, one)]
