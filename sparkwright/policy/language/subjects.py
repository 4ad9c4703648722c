"""What an amount may be said of: properties and budgets, each with what it costs to read it so."""

import re
from dataclasses import dataclass, replace

from data_contracts.policy_properties import kind_of
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.ground import Ground, Span
from sparkwright.policy.language.quantities import Amount
from sparkwright.policy.language.vocabulary import literals, names, says

_UNIT = re.compile(
    r"(?:\s*(?:or|oder|ou|o)\s*\d+)*\s*-?(?:(?:of|total|concurrent|simultaneous|parallel|virtual|v|physical|the|static|running|spark|active|more|single)\s+)*([^\W\d]+)"
)
_THEM = re.compile(r"\s+(?:of (?:them|those|these)|davon|d'entre eux|de ellos)\b")
_EXECUTORS = re.compile(r"executors?|executoren|executeurs?|ejecutor(?:es)?|exekutor(?:en)?|instances?|workers?|containers?|executants?|executor-?instanzen")
_LINK = re.compile(r"\s*(?:\w+\s+)?(?:of|for|per|each|every|in|an?|as|pro|je|par|por|cada|chaque|fur|pour|para|de|des|del|d'|der|des|an)\s+(?:\w+ ){0,2}$")
_BORDER = re.compile(r"[,;.](?=\s)|\b(?:and|but|und|aber|et|mais|y|pero)\b")
_PER = re.compile(r"\b(?:per|each|every|pro|je|par|chaque|por|cada)\b")
_EACH = re.compile(r"\b(?:per|each|every|in an|for an|for every|of an|pro|je|jeder|par|chaque|por|cada)\s$")
_MEMORY = {"executor": "spark.executor.memory", "driver": "spark.driver.memory"}
_CORES = {"executor": "spark.executor.cores", "driver": "spark.driver.cores", "task": "spark.task.cpus"}


@dataclass(frozen=True, slots=True)
class SubjectOf:
    """One reading of what an amount is said of.

    Attributes:
        name: The property, ``budget:`` and a measure, or ``ask:`` and a part.
        span: What names it.
        more: Another property of which the same is said.
        question: Of ``ask:``, in words.
    """

    name: str
    cost: float
    span: Span | None = None
    more: str = ""
    question: str = ""


def unit_after(ground: Ground, amount: Amount) -> tuple[str, int]:
    """The word behind an amount that says what is counted, and where it ends."""
    if them := _THEM.match(ground.text, amount.end):
        return ("executor" if ground.cues["executor"] else ""), them.end()
    match = _UNIT.match(ground.text, amount.end)
    if match is None:
        return "", amount.end
    if any(match.start(1) - 2 <= one.start <= match.start(1) for one in ground.properties):
        return "", amount.end  # `4 executor cores`
    word = match[1]
    if _EXECUTORS.fullmatch(word):
        return "executor", match.end()
    if re.fullmatch(lexicon.CORE, word):
        return "core", match.end()
    if re.fullmatch(r"gpus?", word):
        return "gpu", match.end()
    if re.fullmatch(r"partition\w*|particion\w*", word):
        return "partition", match.end()
    if amount.kind == "number" and _counts_others(word) and match.start(1) - amount.end == 1:
        return "other", match.end()
    return "", amount.end


def _counts_others(word: str) -> bool:
    """Whether a word behind a number is a noun of no concern: ``40 nodes``, ``3 colleagues``."""
    known = literals("cues", "parts", "properties", "says")
    return (
        len(word) > 3
        and word not in names("none")
        and word not in known
        and not any(f"{word[:at]}*" in known for at in range(4, len(word) + 1))
        and word.removesuffix("s") not in known
    )


def subjects_of(ground: Ground, amount: Amount, unit: str, item: Span) -> list[SubjectOf]:
    """The readings of an amount by what stands in its sentence, the cheapest first."""
    hours = _hours(ground, amount, item)
    if hours:
        return hours
    if amount.kind == "money":
        return [SubjectOf("budget:cost_usd", 0.0)]
    found = _named(ground, amount, unit, item)
    if amount.kind == "size":
        found += _memory(ground, item)
    elif amount.kind in {"number", "percent", "unbounded"}:
        if unit == "core":
            found += [*_family(ground, item, _CORES, "cores", 0.0), SubjectOf("cores", 2.8)]
        elif unit == "gpu":
            found.append(SubjectOf("spark.executor.resource.gpu.amount", 0.5))
        elif unit == "executor":
            found += _executors(ground, item)
        elif unit == "other":
            found = [replace(one, cost=one.cost + 0.8) for one in found]
            found.append(SubjectOf("ask:bounds", 0.9, question="of what?"))
        elif unit == "partition":
            found.append(SubjectOf("spark.sql.shuffle.partitions", 0.6))
        else:
            found += _bare(ground, amount, item)
    elif amount.kind == "time":
        found += [
            SubjectOf("spark.dynamicAllocation.executorIdleTimeout", ground.cost(one, item) + 0.4, one)
            for one in ground.cues["idle"]
            if ground.cost(one, item) < 4
        ]
        found.append(SubjectOf("ask:bounds", 3.4, question="which time is meant: an idle timeout, a network timeout?"))
    found.append(SubjectOf("ask:bounds", 5.0, question="of what?"))
    return sorted(found, key=lambda one: one.cost)[:6]


def _distance(ground: Ground, span: Span, item: Span) -> float:
    cost = ground.cost(span, item)
    if span.start >= item.end:
        between = ground.between(item, span)
        cost += 0.0 if _LINK.match(between) or cost == 0 else 0.8 if _BORDER.search(between) else 0.35
    return cost


def _hours(ground: Ground, amount: Amount, item: Span) -> list[SubjectOf]:
    found = []
    for kind, measure in (("core_hours", "budget:core_hours"), ("memory_hours", "budget:memory_gib_hours")):
        for one in ground.cues[kind]:
            near = amount.start <= one.start and one.start - amount.end <= 3
            if near or one.start <= amount.start < one.end:
                return [SubjectOf(measure, 0.0, one)]
            if amount.kind == "number" and ground.cost(one, item) < 2.4 and not unit_after(ground, amount)[0]:
                found.append(SubjectOf(measure, ground.cost(one, item), one))
    return found


def _named(ground: Ground, amount: Amount, unit: str, item: Span) -> list[SubjectOf]:
    found = []
    for one in ground.properties:
        name = one.name
        if not _fits(name, amount) or not counts(name, unit):
            continue
        if unit and one.start < item.end <= one.end + 0 and one.start >= amount.end:
            pass
        beside = one.start >= amount.end and not ground.between(amount, one).strip(" -") and one.start - amount.end <= 2
        cost = -0.5 if beside else _distance(ground, one, item)
        if cost > 6:
            continue
        if amount.kind == "number" and kind_of(name).kind in {"size", "time"}:
            cost += 0.4
        if amount.kind == "size" and any(one.end <= cue.start < item.start for cue in ground.cues["memory"]):
            cost += 0.9  # `overhead 1g, heap 4g`
        if name == "spark.dynamicAllocation.enabled":
            cost += 0.8
            if unit not in {"", "executor"}:
                continue
        name = _of_driver(ground, one, item)
        if name == "spark.executor.pyspark.memory":
            cost -= 1.2  # `of Python workers, per executor`
        if name in {"spark.executor.memory", "spark.executor.cores"} and any(
            cue.end <= one.start and ground.cost(cue, one) < 0.3 for cue in ground.cues["together"]
        ):
            found.append(SubjectOf("budget:memory_gib" if "memory" in name else "budget:cores", cost - 0.2, one))
        if name.startswith("spark.executor.memory") and _both(ground, one):
            found.append(SubjectOf(name, cost, one, name.replace("executor", "driver")))
        else:
            found.append(SubjectOf(name, cost, one))
    return found


def _fits(name: str, amount: Amount) -> bool:
    kind = kind_of(name).kind
    whole = amount.kind == "unbounded" or (amount.kind == "number" and amount.value == int(amount.value))
    return {
        "size": amount.kind in {"size", "number"},
        "count": whole,
        "factor": amount.kind in {"number", "percent"},
        "time": amount.kind in {"time", "number"},
        "flag": name == "spark.dynamicAllocation.enabled" and whole,
        "text": amount.kind == "number",
    }[kind]


def counts(name: str, unit: str) -> bool:
    """Whether a property counts what the unit names."""
    if unit == "core":
        return bool(re.search(r"[cC]ores|cpus", name))
    if unit == "executor":
        return bool(re.search(r"[eE]xecutors|instances|dynamicAllocation\.enabled", name))
    if unit == "gpu":
        return "gpu" in name
    if unit == "partition":
        return bool(re.search(r"artition|arallelism", name))
    return True


def _of_driver(ground: Ground, one: Span, item: Span) -> str:
    """The overhead of the driver, where it is the driver that is spoken of."""
    name = one.name
    text = ground.text[one.start : one.end]
    if not name.startswith("spark.executor.memoryOverhead") or re.search(rf"\b{lexicon.EXECUTOR}\b|spark\.", text):
        return name
    of = {kind: min((ground.cost(cue, one) for cue in ground.cues[kind]), default=9.0) for kind in ("executor", "driver")}
    named = {
        kind: min((ground.cost(p, one) for p in ground.properties if p.name.startswith(f"spark.{kind}.") and p != one and "Overhead" not in p.name), default=9.0)
        for kind in ("executor", "driver")
    }
    driver, executor = min(of["driver"], named["driver"]), min(of["executor"], named["executor"])
    return name.replace("spark.executor.", "spark.driver.") if driver < min(executor, 3.5) else name


def _both(ground: Ground, one: Span) -> bool:
    text = ground.text[max(0, one.start - 25) : one.end + 25]
    return bool(
        re.search(rf"\b{lexicon.DRIVER} (?:and|or|und|/|,|et|y|as well as) (?:the )?{lexicon.EXECUTOR}|\b{lexicon.EXECUTOR} (?:and|or|und|/|,|et|y|as well as) (?:the )?{lexicon.DRIVER}", text)
    )


def _processes(ground: Ground, item: Span) -> list[tuple[str, float, Span]]:
    """The processes of a sentence, with their distance; ``10 executors`` counts them and is none."""
    found = []
    for kind in ("executor", "driver", "task", "each"):
        for one in ground.cues[kind]:
            if one.start < item.end and item.start < one.end:
                continue
            cost = _distance(ground, one, item)
            if cost > 3.6:
                continue
            if any(0 <= one.start - amount.end <= 12 and unit_after(ground, amount)[1] >= one.end for amount in ground.amounts):
                linked = re.match(r"\s*(?:,\s*)?(?:with|of|having|at|mit|avec|con|de|a|zu|each|je|,? each with)\b", ground.text[one.end :])
                cost += 0.2 if item.start >= one.end and linked else 2.4
            if one.start >= item.end and (kind == "each" or _EACH.search(ground.text[: one.start])):
                cost -= 0.5  # `at most 5 cores and at most 20 GB per executor` closes both
            found.append(("executor" if kind == "each" else kind, cost, one))
    for one in ground.properties:
        for kind in ("executor", "driver"):
            if one.name.startswith(f"spark.{kind}.") and not (one.start < item.end and item.start < one.end):
                closes = one.start >= item.end and _PER.search(ground.text[one.start : one.end])
                cost = _distance(ground, one, item) + (-0.3 if closes else 0.3)
                if cost < 3.0:
                    found.append((kind, cost, one))
    return found


def _family(ground: Ground, item: Span, names: dict[str, str], measure: str, base: float) -> list[SubjectOf]:
    """Cores or memory of whoever is nearest: a process, a run, all together."""
    found = []
    processes = [one for one in _processes(ground, item) if one[0] in names]
    for kind, cost, one in processes:
        more = ""
        if kind in {"executor", "driver"} and _both(ground, one):
            kind, more = "executor", names["driver"]
        found.append(SubjectOf(names[kind], base + cost + 0.1, one, more))
    for kind, extra in (("together", -0.4), ("of_run", 0.7), ("runs", 1.3)):
        for one in ground.cues[kind]:
            cost = _distance(ground, one, item)
            if cost < 3.4:
                cost *= 0.6 if kind == "together" else 1.0
                link = kind == "of_run" and one.start >= item.end and cost < 0.3
                found.append(SubjectOf(f"budget:{measure}", base + cost + (-0.3 if link else extra), one))
    return found


def _memory(ground: Ground, item: Span) -> list[SubjectOf]:
    beside = any(ground.cost(one, item) < 0.5 and not _properties_between(ground, one, item) for one in ground.cues["memory"])
    found = _family(ground, item, _MEMORY, "memory_gib", -0.3 if beside else 0.25)
    found.append(SubjectOf("ask:bounds", 3.4, question="whose memory is meant: of an executor, of the driver, or of the whole application?"))
    return found


def _properties_between(ground: Ground, one: Span, item: Span) -> bool:
    low, high = min(one.end, item.end), max(one.start, item.start)
    return any(low <= other.start < high for other in ground.properties)


def _executors(ground: Ground, item: Span) -> list[SubjectOf]:
    found = [SubjectOf("budget:executors", 0.5)]
    for one in ground.cues["static"]:
        if (cost := ground.cost(one, item)) < 1.5:
            found.append(SubjectOf("spark.executor.instances", 0.1 + cost * 0.3, one))
    for kind in ("dynamic", "initial"):
        for one in ground.cues[kind]:
            cost = ground.cost(one, item)
            if cost < 3.8:
                end = "initial" if kind == "initial" else "dynamic"
                found.append(SubjectOf(f"{end}Executors", cost * 0.15 - (0.2 if kind == "initial" else 0.0), one))
    return found


def _bare(ground: Ground, amount: Amount, item: Span) -> list[SubjectOf]:
    """A number alone: of the noun before it."""
    found: list[SubjectOf] = []
    for one in ground.cues["core"]:
        cost = _distance(ground, one, item)
        if cost < 3:
            found += _family(ground, item, _CORES, "cores", cost * 0.7 + 0.3)
            found.append(SubjectOf("cores", cost * 0.7 + 1.9, one))
    for kind in ("count", "executor"):
        for one in ground.cues[kind]:
            cost = _distance(ground, one, item)
            if cost < 3:
                base = 0.2 if kind == "count" else 0.9
            if kind == "executor" and _EACH.search(ground.text[: one.start]):
                found.append(SubjectOf("ask:bounds", cost + 0.9, one, question="of what: gigabytes, cores?"))
                continue
            if kind == "executor" and one.end <= item.start and re.search(rf"\b(?:{says('uses')})\b", ground.between(one, item)):
                found.append(SubjectOf("ask:bounds", cost + 0.9, one, question="of what: gigabytes, cores?"))
            elif cost < 3:
                found += [SubjectOf(s.name, s.cost + cost + base, one) for s in _executors(ground, item)]
    for one in ground.cues["gpu"]:
        if (cost := _distance(ground, one, item)) < 3:
            found.append(SubjectOf("spark.executor.resource.gpu.amount", cost + 0.4, one))
    for one in ground.cues["partition"]:
        if (cost := _distance(ground, one, item)) < 3:
            found.append(SubjectOf("spark.sql.shuffle.partitions", cost + 1.0, one))
    for one in ground.cues["money"]:
        if (cost := _distance(ground, one, item)) < 3:
            usd = re.search(r"\b(?:usd|us\$|dollars?)\b[^\d]*$", ground.text[: amount.start])
            name = "budget:cost_usd" if usd else "ask:budgets"
            found.append(SubjectOf(name, cost + 0.6, one, question="which currency? A budget is in US dollars"))
    for one in ground.cues["memory"]:
        if (cost := _distance(ground, one, item)) < 3:
            total = any(ground.cost(cue, item) < 2 for cue in ground.cues["together"])
            found.append(SubjectOf("ask:budgets" if total else "ask:bounds", cost + 0.5, one, question="expected a unit: of what?"))
    found.append(SubjectOf("ask:bounds", 3.0, question="of what: gigabytes, cores?"))
    return found
