"""How often a run comes, as cron has it."""

from collections.abc import Iterator

from sparkwright.requirements.amounts.durations import MS
from sparkwright.requirements.fields.cron import ScheduleFound, conclude
from sparkwright.requirements.fields.finish import is_finish
from sparkwright.requirements.fields.schedule_days import find_days, is_denied
from sparkwright.requirements.fields.schedule_steps import find_steps, is_of_another
from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.standing import standing


def read_schedules(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What is said of how often and when the run comes. Reads after costs, growth and deadlines took their words."""
    for _, item in sentence:
        if item.has("cron"):
            yield Said("schedule", item.text.rstrip(",-"), item.start, item.end)
            return
    found = _find(sentence)
    if not found.is_periodic and not found.times and not found.vague_times and not found.problem:
        _find_regularly(sentence, found)
    if not found.is_periodic and not found.times and not found.vague_times and not found.problem:
        return
    yield from conclude(found)


def _find(sentence: Sentence) -> ScheduleFound:
    """What is said; after a ``sorry, I mean`` only what follows it, where that says a schedule."""
    marks = [at for at, item in sentence if item.has("correct")][-_MAX_CORRECTIONS:]
    whole: ScheduleFound | None = None
    times: list[int] = []
    for low in (*reversed(marks), 0):
        part = Sentence(sentence.items, sentence.code, set(sentence.used) | set(range(low)))
        found = ScheduleFound()
        _find_presets(part, found)
        find_days(part, found)
        find_steps(part, found)
        _find_times(part, found)
        if times and not low:  # every morning at 6, I mean 6:20
            found.times, found.vague_times = times, []
        times = times or found.times
        whole = found
        if found.is_periodic:
            break
    return whole or ScheduleFound()


_MAX_CORRECTIONS = 4  # that are looked at, the last ones


def _find_presets(sentence: Sentence, found: ScheduleFound) -> None:
    places: list[int] = []
    for at, item in sentence:
        preset = item.of("preset") or ("once" if _is_once_alone(sentence, at) else None)
        if preset is None or at in sentence.used or is_denied(sentence, at):
            continue
        is_counted = preset == "once" and not item.text.startswith("one off")
        if (is_counted or item.text.startswith("once")) and sentence.clause_has(at, "fail"):
            continue  # one time in eight, may fail once a month
        if preset == "once" and (period := _period_after(sentence, at)):
            preset = period
            sentence.used.add(at + 1)
        if preset == "once" and item.text.endswith(("execution", "run")) and _is_of_each_run(sentence, at):
            continue
        if preset == "biweekly" and _is_how_often_it_fails(sentence, at):
            continue
        if preset == "biweekly":
            found.problem = "a schedule that cron can say: every two weeks is none"
            found.see(item)
            continue
        if _is_of_something_else(sentence, at) or is_of_another(sentence, at) or _is_how_often_it_fails(sentence, at):
            continue
        found.presets.append(preset)
        places.append(at)
        found.see(item)
    if len(set(found.presets)) > 1:
        ranks = [(standing(sentence, at), not sentence.clause_has(at, "met")) for at in places]
        found.presets = [one for one, rank in zip(found.presets, ranks, strict=True) if rank == max(ranks)]
    for at, item in sentence:
        times = sentence.get(at + 1)
        is_some_times = item.has("vague") and times is not None and times.has("times", "run")
        unit = (
            _unit_after(sentence, at + (not item.has("some_times")))
            if is_some_times or item.has("some_times")
            else None
        )
        if unit and not sentence.clause_has(at, "fail", "grow", "input"):
            found.problem = "how many times, and when"
            found.see(item, sentence.items[unit[1]])
            sentence.used.update((at, unit[1]))
        count = 2.0 if item.has("twice") else 3.0 if item.has("thrice") else None
        last = at
        if (
            count is None
            and item.has("number")
            and (times := sentence.get(at + 1))
            and (times.has("times") or times.text in ("x", "×") or (times.has("run") and not item.has("article")))
            and not times.has("fold.2")
        ):
            count, last = item.value, at + 1
        if count is None or sentence.clause_has(at, "grow", "fail", "input"):
            continue
        unit = _unit_after(sentence, last)
        if unit and sentence.right(unit[1], "max", reach=2) is None:  # ten runs a day at most
            found.see(item, sentence.items[unit[1]])
            if unit[0] == "d" and 24 % count == 0:
                found.steps.append((24 / count, "h"))
            elif unit[0] == "h" and 60 % count == 0:
                found.steps.append((60 / count, "min"))
            else:
                found.problem = "on which days and at which times"
            sentence.used.update((at, unit[1]))


def _is_once_alone(sentence: Sentence, at: int) -> bool:
    """``3 days max, once, on YARN``: a clause that says nothing else."""
    if not sentence.items[at].has("once_alone"):
        return False
    return all(sentence.items[place].has("comma", "once_alone", "stop") for place in sentence.clause(at))


def _is_of_each_run(sentence: Sentence, at: int) -> bool:
    """``One execution may last 90 minutes``: no word on how often there is one."""
    following = sentence.get(at + 1)
    return following is not None and following.has("may", "max", "take", "finish", "input", "cost")


def _is_how_often_it_fails(sentence: Sentence, at: int) -> bool:
    """``It dies of OOM every other week``: no word on when it runs."""
    fails = sentence.left(at, "fail", "memory.true", reach=3)
    return fails is not None and not sentence.clause_has(at, "start", "take", "may", "run")


def _period_after(sentence: Sentence, at: int) -> str | None:
    """``Läuft einmal pro Woche``: the period that something happens once in."""
    item = sentence.get(at + 1)
    if item is None or not item.has("one_unit") or item.value != MS.get(item.unit):
        return None
    return {"h": "hourly", "d": "daily", "w": "weekly", "mo": "monthly", "q": "quarterly", "y": "yearly"}.get(item.unit)


def _unit_after(sentence: Sentence, at: int) -> tuple[str, int] | None:
    for place in (at + 1, at + 2):
        item = sentence.get(place)
        if item is None:
            return None
        if item.has("duration") and item.value == MS.get(item.unit):
            return item.unit, place
        if unit := item.of("time"):
            return unit, place
        if (preset := item.of("preset")) in ("daily", "hourly", "weekly", "monthly"):
            return {"daily": "d", "hourly": "h", "weekly": "w", "monthly": "mo"}[preset or ""], place
    return None


def _is_of_something_else(sentence: Sentence, at: int) -> bool:
    """Whether a period is one of money or of growth whose number was not said."""
    following, before = sentence.get(at + 1), sentence.get(at - 1)
    if sentence.items[at].has("cost"):  # Wochenbudget
        return True
    if following and following.has("cost", "grow", "shrink") and not following.has("take", "run"):
        return True
    return bool(before and before.has("cost", "shrink") and not before.has("may"))


def _find_regularly(sentence: Sentence, found: ScheduleFound) -> None:
    """``Runs regularly``: a period that no words of the text say."""
    for at, item in sentence:
        is_run = item.has("regularly") and sentence.clause_has(at, "take", "start")
        if is_run and not sentence.clause_has(at, "fail", "grow", "past", "mem", "memory.true"):
            found.problem = "how often"
            found.see(item)


_PERIODIC = ("preset.daily", "preset.weekly", "preset.monthly", "weekdays", "weekend", "clock_time_of_start")


def _find_times(sentence: Sentence, found: ScheduleFound) -> None:
    told: list[tuple[int, Item]] = []
    for at, item in sentence:
        if not item.has("clock_time") or at in sentence.used or is_finish(sentence, at):
            continue
        if sentence.clause_has(at, "met") and not sentence.clause_has(at, "start", "take", "every"):
            continue  # the shops close at nine
        if sentence.left(at, "after", reach=2) is not None or not _is_start(sentence, at, found):
            continue
        told.append((at, item))
        found.see(item)
        sentence.used.add(at)
    firm: list[tuple[int, Item]] = []
    for at, item in reversed(told):
        is_listed = bool(firm) and not any(
            one.concepts - {"comma", "and"} for one in sentence.items[at + 1 : firm[0][0]]
        )
        if is_listed or sentence.clause_has(at, "start", "every", "take", *_PERIODIC):
            firm.insert(0, (at, item))
    told = firm or told  # the team meets at 10, start it every weekday at 5
    marks = [at for at, item in sentence if item.has("correct")]
    if marks and any(at > marks[-1] for at, _ in told):  # at 8, I mean at 8 pm
        told = [(at, item) for at, item in told if at > marks[-1]]
    found.vague_times = [item for _, item in told if item.is_vague]
    found.times = [round(item.value or 0) for _, item in told if not item.is_vague]


def _is_start(sentence: Sentence, at: int, found: ScheduleFound) -> bool:
    if sentence.left(at, "correct", reach=4, over_breaks=True) is not None and any(
        item.has("clock_time") for item in sentence.items[:at]
    ):
        return True
    listed = sentence.left(at, "clock_time", reach=2)
    listed = listed if listed in sentence.used else None
    if sentence.left(at, "at", "start", "by_start", reach=3) is not None or listed is not None:
        return found.is_periodic or sentence.clause_has(at, "start", "take") or listed is not None
    if found.is_periodic and all(
        place == at or not sentence.items[place].concepts - {"comma"} for place in sentence.clause(at)
    ):
        return True  # Thursdays, 9:40 pm
    return found.is_periodic and (
        sentence.clause_has(at, "preset.daily", "every", "start", "weekdays")
        or any(
            sentence.items[place].of("weekday") or sentence.items[place].of("preset") for place in sentence.clause(at)
        )
    )
