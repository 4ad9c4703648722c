"""What words alone say: priority, memory, GPUs, platform."""

from collections.abc import Iterator

from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence, Unclear

_MOST_GPUS = 100_000
_LEVELS = ("low", "normal", "high", "critical")
_PERSONS = frozenset(["we", "i", "you", "they", "users", "people", "customers", "nobody"])
_NUMBERED = {"0": "critical", "1": "critical", "2": "high", "3": "normal", "4": "low"}
# One of them runs on the other, and goes by its own name.
_HOSTS = {"emr": {"yarn", "kubernetes"}, "dataproc": {"yarn", "kubernetes"}, "databricks": set[str]()}


def read_priorities(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What is said of how important a run is."""
    found: list[Said] = []
    for at, item in sentence:
        level = item.of("priority")
        if level is None and item.has("priority"):
            level, at_level = _level_beside(sentence, at)
            if level is not None:
                start, end = sorted((at, at_level))
                found.append(Said("priority", level, sentence.items[start].start, sentence.items[end].end, False))
            continue
        if level is None and (number := item.of("p")):
            found.append(Said("priority", _NUMBERED[number], item.start, item.end))
            continue
        if level is None and item.has("sla"):
            if not _measures(sentence, at) and not _is_negated(sentence, at):
                found.append(Said("priority", "critical", item.start, item.end))
            continue
        before = sentence.get(at - 1)
        if (
            level == "low"
            and item.has("may") is False
            and before is not None
            and before.text in _PERSONS
            and "wait" in item.text
        ):
            continue  # two hours is the most that we can wait
        if level is None or _is_of_other(sentence, at) or (item.has("succeed", "fail") and _measures(sentence, at)):
            continue
        if _is_negated(sentence, at) and level in ("high", "critical"):
            level = "low"
        found.append(Said("priority", level, item.start, item.end))
    levels = {reading.value for reading in found}
    if levels == {"high", "critical"}:  # the more urgent includes the other
        found = [reading for reading in found if reading.value == "critical"]
    yield from found


def _level_beside(sentence: Sentence, at: int) -> tuple[str | None, int]:
    for place in (at - 1, at + 1, at + 2, at - 2, at + 3):
        item = sentence.get(place)
        if item is None or item.has("stop"):
            continue
        if place > at and any(sentence.items[between].has("comma", "stop", "but") for between in range(at + 1, place)):
            break
        if item.has("number") and item.value is not None and place > at and str(int(item.value)) in _NUMBERED:
            return _NUMBERED[str(int(item.value))], place
        if level := item.of("priority_level"):
            return level, place
        if (level := item.of("priority")) and place != at:
            return None, at
    return None, at


def _measures(sentence: Sentence, at: int) -> bool:
    """Whether an SLA names its time or share, and so is a deadline or a risk."""
    return any(
        sentence.items[place].has("duration", "clock_time", "percent", "of_total")
        for place in sentence.clause(at)
        if abs(place - at) <= 6
    )


def _is_of_other(sentence: Sentence, at: int) -> bool:
    following = sentence.get(at + 1)
    return (following is not None and following.has("mem", "path")) or sentence.items[at].has("memory.true")


def _is_negated(sentence: Sentence, at: int) -> bool:
    return sentence.left(at, "neg", reach=2) is not None


def read_memory(sentence: Sentence) -> Iterator[Said]:
    """Whether the run is said to hunger for memory."""
    for at, item in sentence:
        if (
            item.has("mem")
            and not item.has("memory.true", "memory.false")
            and (much := _amount(sentence, at)) is not None
        ):
            yield Said("memory_sensitive", much, item.start, item.end)
        if item.has("memory.false"):
            yield Said("memory_sensitive", False, item.start, item.end)
        elif item.has("memory.true"):
            place = sentence.left(at, "neg", "instead", reach=4)
            yield Said("memory_sensitive", place is None, item.start, item.end)


def _amount(sentence: Sentence, at: int) -> bool | None:
    """Whether much or little memory is told of: ``devours RAM``, ``a tiny memory footprint``."""
    for place in (at - 1, at + 1, at - 2, at + 2, at - 3, at + 3, at + 4):
        item = sentence.get(place)
        if item is None or not item.has("amount.much", "amount.little"):
            continue
        if any(
            sentence.items[between].has("stop", "comma", "but", "bytes")
            for between in range(min(place, at), max(place, at))
        ):
            continue
        low = max(0, min(place, at) - 2)
        denied = any(sentence.items[near].has("neg") for near in range(low, max(place, at)))
        return item.has("amount.much") is not denied
    return None


def read_gpus(sentence: Sentence) -> Iterator[Said | Unclear]:
    """How many GPUs are asked for."""
    counted: list[Said | Unclear] = []
    bare: list[Unclear] = []
    for at, item in sentence:
        if item.has("cpu_only"):
            counted.append(Said("gpus", 0, item.start, item.end))
        elif item.has("gpu", "gpu_model"):
            before = sentence.get(at - 1)
            if before and before.has("gpu", "gpu_model", "cpu_only"):
                continue
            reading = _gpus(sentence, at)
            if isinstance(reading, Unclear) and reading.detail == "how many":
                bare.append(reading)
            elif reading:
                counted.append(reading)
    yield from counted or bare[:1]


def _gpus(sentence: Sentence, at: int) -> Said | Unclear | None:
    item = sentence.items[at]
    following = sentence.get(at + 1)
    if following and following.has("mem", "output") and not following.has("each"):
        return None
    if (
        sentence.left(at, "neg", reach=3) is not None
        and sentence.left(at, "correct", "but", reach=3, over_breaks=True) is None
    ):
        return Said("gpus", 0, item.start, item.end)
    none = sentence.get(at + 2) if (mark := sentence.get(at + 1)) and mark.text in (":", "=") else sentence.get(at + 1)
    if none is not None and none.has("neg") and none.text in _NONE:
        return Said("gpus", 0, item.start, none.end)
    number = _count(sentence, at)
    if number is None and sentence.left(at, "neg", reach=5) is not None:
        return Said("gpus", 0, item.start, item.end)
    if number and sentence.left(at, "vague", reach=at - number[0]) is not None:
        number = None
    if number is None:
        vague = sentence.left(at, "vague", reach=2)
        if vague is not None:
            start = sentence.items[vague].start
            return Unclear("gpus", "ambiguous", "how many exactly", start, item.end)
        return Unclear("gpus", "ambiguous", "how many", item.start, item.end)
    place, count = number
    sentence.used.add(place)
    first, last = sorted((place, at))
    start, end = sentence.items[first].start, sentence.items[last].end
    if sentence.items[place].is_vague or sentence.is_range(place):
        return Unclear("gpus", "ambiguous", "how many exactly", start, end)
    if count < 0 or count > _MOST_GPUS or not float(count).is_integer():
        return Unclear("gpus", "out_of_range", f"a whole number from 0 to {_MOST_GPUS}", start, end)
    return _whole_job(sentence, max(place, at), count, start, end)


def _whole_job(sentence: Sentence, at: int, count: float, start: int, end: int) -> Said | Unclear:
    """The GPUs of all executors where they are told for one."""
    if (following := sentence.get(at + 1)) and following.has("gpu", "gpu_model"):
        at += 1
    each = _each(sentence, at)
    if each is None:
        return Said("gpus", int(count), start, end)
    for place, item in sentence:
        unit = sentence.get(place + 1)
        is_count = item.has("number") and not item.has("article") and place not in sentence.used
        if item.value and is_count and unit is not None and unit.text in _EXECUTORS:
            return Said("gpus", int(count * item.value), start, end)
    return Unclear("gpus", "ambiguous", "how many in the whole job", start, sentence.items[each].end)


_TOLD = frozenset([":", "=", "x", "×", "to", "count", "anzahl", "number", "を", "は", "が"])
_NONE = frozenset(
    [
        "none",
        "no",
        "keine",
        "keiner",
        "kein",
        "aucun",
        "ninguna",
        "ninguno",
        "nessuna",
        "nessuno",
        "nenhuma",
        "nenhum",
        "geen",
        "brak",
        "0",
        "zero",
    ]
)
_EXECUTORS = frozenset(
    [
        "executors",
        "nodes",
        "workers",
        "machines",
        "executor",
        "node",
        "exekutoren",
        "knoten",
        "maschinen",
        "nœuds",
        "noeuds",
        "exécuteurs",
        "executeurs",
        "machines",
        "nodos",
        "ejecutores",
        "maquinas",
        "nodi",
        "esecutori",
        "macchine",
        "nos",
        "executores",
        "knooppunten",
        "wezlow",
        "executorow",
        "maszyn",
        "instances",
    ]
)


def _each(sentence: Sentence, at: int) -> int | None:
    following, after = sentence.get(at + 1), sentence.get(at + 2)
    spread = sentence.right(at, "every", "each", reach=3)
    if spread is not None and any(
        sentence.items[place].text in _EXECUTORS for place in range(spread, min(len(sentence.items), spread + 5))
    ):
        return spread
    if following and following.has("each"):
        return at + 1
    if following and following.has("per", "every") and after and (after.has("output") or after.text in _EXECUTORS):
        return at + 2
    if (
        following
        and following.has("output")
        and following.text.startswith(("per", "pro", "por", "par", "je", "na", "each"))
    ):
        return at + 1
    return None


def _count(sentence: Sentence, at: int) -> tuple[int, float] | None:
    """The place and the value of the number of GPUs."""
    for place in (at - 1, at - 2, at - 3):
        item = sentence.get(place)
        if item is None or item.has("stop", "comma", "bytes", "duration", "money", "percent"):
            break
        if item.has("number") and item.value is not None:
            return place, item.value
        if item.has("article", "per") and item.text not in ("/", "per", "the"):
            half = sentence.get(place - 1)
            return place, 0.5 if half and half.has("half") else 1.0
        if item.has("and", "or", "input", "output", "max", "neg"):
            break
    for place in (at + 1, at + 2, at + 3):
        item = sentence.get(place)
        if item is None or item.has("stop", "comma", "and"):
            break
        if item.has("number") and item.value is not None and (item.is_digits or item.value < 100):
            follower = sentence.get(place + 1)
            told = sentence.items[at + 1].text in _TOLD
            if told or follower is None or follower.has("stop", "comma", "and"):
                return (place, item.value) if told else None
            return None
    return None


def read_platforms(sentence: Sentence) -> Iterator[Said | Unclear]:
    """Where the run is said to run."""
    found: list[tuple[int, Said]] = []
    for at, item in sentence:
        name = "local" if item.has("local") else item.of("platform")
        if name is None or _is_left_behind(sentence, at):
            continue
        found.append((at, Said("platform", name, item.start, item.end)))
    names = {str(reading.value) for _, reading in found}
    for guest, hosts in _HOSTS.items():
        if guest in names:
            names -= hosts
    if names == {"standalone", "local"}:
        names = {"standalone"}
    if len(names) > 1 and any(_is_alternative(sentence, at) for at, _ in found):
        yield Unclear("platform", "ambiguous", "one platform", found[0][1].start, found[-1][1].end)
        return
    yield from (reading for _, reading in found if reading.value in names)


def _is_left_behind(sentence: Sentence, at: int) -> bool:
    """``Not on YARN``, ``moved from EMR``, ``instead of Databricks``."""
    place = sentence.left(at, "instead", "neg", reach=3)
    if place is not None and any(sentence.items[between].of("platform") for between in range(place + 1, at)):
        place = None
    if (
        place is not None
        and sentence.items[place].has("neg")
        and any(sentence.items[between].has("platform", "priority", "gpu", "mem") for between in range(place, at))
    ):
        return False
    following = sentence.get(at + 1)
    if following and following.has("past"):
        return True
    return place is not None or (sentence.clause_has(at, "past") and _other_platform(sentence, at))


def _other_platform(sentence: Sentence, at: int) -> bool:
    clause = sentence.clause(at)
    return any(other.of("platform") for place, other in sentence if place not in clause)


def _is_alternative(sentence: Sentence, at: int) -> bool:
    def is_or(item: Item | None) -> bool:
        return item is not None and item.has("or") and item.text not in ("to", "-")

    return is_or(sentence.get(at - 1)) or is_or(sentence.get(at + 1)) or is_or(sentence.get(at - 2))
