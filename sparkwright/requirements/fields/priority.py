"""How important a run is."""

from collections.abc import Iterator, Sequence

from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.text.spelled import spelled

_LEVELS = ("low", "normal", "high", "critical")
_PERSONS = frozenset(["we", "i", "you", "they", "users", "people", "customers", "nobody"])
_NUMBERED = {"0": "critical", "1": "critical", "2": "high", "3": "normal", "4": "low"}
# One of them runs on the other, and goes by its own name.


def read_priorities(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What is said of how important a run is."""
    found: list[Said] = []
    denied: list[Item] = []
    for at, item in sentence:
        level = item.of("priority")
        if level is None and (bare := item.of("priority_level")) and _corrects_level(sentence, at, found):
            found.append(Said("priority", bare, item.start, item.end))
            continue
        if level is None and item.has("priority"):
            level, at_level = _level_beside(sentence, at)
            if level is not None and at < at_level and sentence.left(at_level, "neg", reach=at_level - at):
                level, at_level = _other_level(sentence, at_level)  # not high, rather low
            if level is not None:
                start, end = sorted((at, at_level))
                found.append(Said("priority", level, sentence.items[start].start, sentence.items[end].end, False))
            continue
        if level is None and (number := item.of("p")):
            if not _is_negated(sentence, at):
                found.append(Said("priority", _NUMBERED[number], item.start, item.end))
            elif _NUMBERED[number] in ("high", "critical"):
                denied.append(item)
                found.append(Said("priority", "low", item.start, item.end))
            continue
        if level is None and item.has("sla"):
            if not _is_negated(sentence, at):
                found.append(Said("priority", "critical", item.start, item.end))
            continue
        if level == "critical" and sentence.left(at, "mem", reach=2) is not None:
            continue  # memory is critical: no word on the job
        following = sentence.get(at + 1)
        if item.has("whenever") and following is not None and not following.has("stop", "comma"):
            continue  # whenever new data arrives: no word on how important that is
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
        if item.text == "important" and _qualifies_else(sentence, at):
            continue
        if item.has("amount.little") and sentence.clause_has(at, "mem"):
            continue  # nothing special about its memory
        if level == "critical" and _fails_so_often(sentence, at):
            continue
        if level == "low" and _is_of_failures(sentence, at):
            continue  # if one run in a hundred dies nobody cares
        if level in ("high", "critical") and (_is_negated(sentence, at) or sentence.answer(at) is False):
            level = "low"
            denied.append(item)
        found.append(Said("priority", level, item.start, item.end))
    if any(one.value == "high" for one in found):  # not urgent, but important
        found = [one for one in found if one.value != "low" or not _is_a_denial(sentence, one)]
    levels = {reading.value for reading in found}
    if denied and any(one.value == "high" for one in found):  # important, but not critical
        found = [one for one in found if all(one.start != item.start for item in denied)]
        levels = {reading.value for reading in found}
    if levels == {"low", "normal"}:  # not critical, just normal
        found = [reading for reading in found if reading.value == "normal"]
    if (span := _range_of_levels(sentence)) is not None:
        start, end = sentence.items[span[0]].start, sentence.items[span[1]].end
        yield Unclear("priority", "ambiguous", "one priority", start, end)
        return
    if len(levels) > 1 and any(item.has("or") and item.text in _EITHER for item in sentence.items):
        yield Unclear("priority", "ambiguous", "one priority", found[0].start, found[-1].end)
        return
    if levels == {"high", "critical"}:  # the more urgent includes the other
        found = [reading for reading in found if reading.value == "critical"]
    yield from found


def _is_of_failures(sentence: Sentence, at: int) -> bool:
    """``If one out of eighty runs fails, nobody minds``: what is told of a share of failures."""
    fails = sentence.left(at, "fail", reach=9, over_breaks=True)
    if fails is not None and sentence.left(at, "value.percent", "percent", reach=14, over_breaks=True) is not None:
        return True
    return sentence.clause_has(at, "fail") and sentence.clause_has(at, "number", "percent")


def _qualifies_else(sentence: Sentence, at: int) -> bool:
    """``Important: no GPUs``, ``the important customers table``: a word on something else than the run."""
    before, following, after = sentence.get(at - 1), sentence.get(at + 1), sentence.get(at + 2)
    if following is not None and following.text == ":":
        return after is None or not after.has("yes", "no_answer")
    is_noun = following is not None and following.text.isalpha() and following.text not in spelled("jobs")
    return before is not None and before.text == "the" and is_noun and following is not None and not following.concepts


def _is_a_denial(sentence: Sentence, low: Said) -> bool:
    """Whether a low priority was only said by denying a higher one: ``not critical``."""
    return sentence.items[sentence.place(low.end)].text.split(" ")[0] in spelled("denials")


def _fails_so_often(sentence: Sentence, at: int) -> bool:
    """``Must not fail more often than once in 500 runs``: a share, and no word on how important that is."""
    is_of_failures = any(stem in sentence.items[at].text for stem in ("fail", "crash", "succeed"))
    return is_of_failures and sentence.clause_has(at, "number", "percent") and sentence.clause_has(at, "run", "percent")


_EITHER = spelled("either_or")


def _range_of_levels(sentence: Sentence) -> tuple[int, int] | None:
    """``Somewhere between normal and high``, ``high or critical``, where a priority is spoken of."""
    if not any(item.has("priority") or item.of("priority") or item.of("p") for item in sentence.items):
        return None
    for at, item in sentence:
        joint, other = sentence.get(at + 1), sentence.get(at + 2)
        if item.of("p") and joint and other and joint.has("or") and other.value in range(6):
            return at, at + 2  # priority 2 or 3
        if (
            joint
            and item.has(*_LEVEL_WORDS[:4])
            and joint.has(*_LEVEL_WORDS[:4])
            and not item.concepts & joint.concepts
        ):
            return at, at + 1  # medium-high
        if not (joint and other and item.has(*_LEVEL_WORDS) and other.has(*_LEVEL_WORDS)):
            continue
        if joint.has("or") and joint.text in (*_EITHER, "to", "-", "bis", "tot"):
            return at, at + 2
        if joint.has("and", "or", "to") and sentence.left(at, "between", reach=2) is not None:
            return at, at + 2
    return None


_LEVEL_WORDS = tuple(f"{kind}.{level}" for kind in ("priority_level", "priority") for level in _LEVELS)


def _corrects_level(sentence: Sentence, at: int, found: Sequence[Said]) -> bool:
    """``Low priority. Actually the CFO looks at it, so high``: a level alone, after what takes back another."""
    following = sentence.get(at + 1)
    if not found or (following is not None and not following.has("stop", "comma")):
        return False
    return any(sentence.items[place].has("correct", "now") for place in range(max(0, at - 12), at))


def _other_level(sentence: Sentence, at: int) -> tuple[str | None, int]:
    """The level that is said after one that was denied."""
    for place in range(at + 1, min(len(sentence.items), at + 9)):
        if level := sentence.items[place].of("priority_level"):
            return level, place
    return None, at


def _level_beside(sentence: Sentence, at: int) -> tuple[str | None, int]:
    mark = sentence.get(at + 1)
    is_label = mark is not None and mark.text in (":", "=")
    for place in (at + 1, at + 2, at + 3) if is_label else (at - 1, at + 1, at + 2, at - 2, at + 3):
        item = sentence.get(place)
        if item is None or item.has("stop"):
            continue
        if is_label and place == at + 2 and item.text in spelled("very"):
            return "high", place  # how important? very
        if is_label and place == at + 2 and item.has("no_answer"):
            after = sentence.get(at + 4)
            level = after.of("priority_level") if after else None
            return level or "low", at + 4 if level else place  # how important? not at all
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
    before, place = sentence.get(at - 1), sentence.left(at, "neg", reach=2)
    if place is not None and place < at - 1 and sentence.items[place].text in spelled("without"):
        place = None  # without it the company stops
    if sentence.items[at].text.startswith(("under ", "no matter", "whatever")):
        return False  # must not under any circumstances fail
    return place is not None or (before is not None and before.has("except"))
