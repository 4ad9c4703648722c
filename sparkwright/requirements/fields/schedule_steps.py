"""Which steps a schedule names: ``every two hours``, ``every other day``, ``hourly at 20 past``."""

from sparkwright.requirements.amounts.durations import MS
from sparkwright.requirements.fields.cron import ScheduleFound
from sparkwright.requirements.sentence import Sentence
from sparkwright.requirements.text.spelled import spelled


def find_steps(sentence: Sentence, found: ScheduleFound) -> None:
    """Add the steps that a text names to what was found of its schedule."""
    for at, item in sentence:
        if at in sentence.used or not item.has("duration", "bare_m") or not item.value:
            continue
        cue = sentence.left(at, "every", reach=2)
        following = sentence.get(at + 1)
        if cue is not None and sentence.items[cue + 1].has("run"):
            continue  # each run three minutes
        if is_of_another(sentence, at) or _is_of_a_part(sentence, at):
            continue
        is_cadence = following is not None and following.has("cadence")
        if cue is None and not is_cadence and not (following and following.has("every") and not following.has("per")):
            continue
        if sentence.clause_has(at, "retry", "lookback") and sentence.left(at, "lookback", reach=4) is not None:
            continue
        if item.is_vague or sentence.is_range(at):
            found.problem = "one exact interval"
            found.see(item)
            continue
        unit = "min" if item.has("bare_m") else item.unit
        count = item.value / (2**20 if item.has("bare_m") else MS[unit])
        if count == 0.5 and unit == "h":
            count, unit = 30.0, "min"
        elif not float(count).is_integer():
            count, unit = round(item.value / MS["min"], 6), "min"
        found.steps.append((count, unit))
        found.see(item)
        sentence.used.add(at)
    for at, item in sentence:
        for concept, minute in (("half_past", 30), ("quarter_past", 15), ("quarter_to", 45)):
            if item.has(concept) and "hourly" in found.presets:
                found.minute_of_hour = minute
                found.see(item)
        if "hourly" in found.presets and (past := _minute_past(sentence, at)) is not None:
            found.minute_of_hour = past
            found.see(item)
            sentence.used.add(at)
        if (of_each := _minute_of_each(sentence, at)) is not None:
            found.presets.append("hourly")
            found.minute_of_hour = of_each
            found.see(item)
        if item.has("quarter_hourly"):
            found.steps.append((15.0, "min"))
            found.see(item)
    for _, item in sentence:
        if item.has("step2"):
            found.steps.append((2.0, "d"))
            found.see(item)
    for at, item in sentence:  # every other day, jeden zweiten Tag
        before = sentence.get(at - 1)
        if (
            item.of("time") in ("d", "h", "mo", "min")
            and before
            and (before.has("other", "ordinal_number") or before.of("ordinal"))
            and sentence.left(at, "every", reach=2) is not None
        ):
            found.steps.append(
                (
                    2.0 if before.has("other") else float(before.of("ordinal") or before.value or 2),
                    item.of("time") or "d",
                )
            )
            found.see(before, item)
        elif (
            (every_unit := item.of("time"))
            and every_unit != "s"
            and at not in sentence.used
            and before
            and before.has("every")
            and not (before.has("per") and before.text in ("/", "per", "a", "an"))
            and not sentence.clause_has(at, "cost", "past", "fail", "grow", "shrink", "priority.critical")
        ):
            found.steps.append((1.0, every_unit))
            found.see(before, item)


def _is_of_a_part(sentence: Sentence, at: int) -> bool:
    """``Heartbeat every 10 seconds``: what happens so often within a run, or around it."""
    return any(sentence.items[place].text in spelled("within_a_run") for place in sentence.clause(at))


_OWN = ("start", "take", "run", "input", "output", "finish", "may", "thing")


def is_of_another(sentence: Sentence, at: int) -> bool:
    """``Every 30 days the password changes``: what something else than the run does so often."""
    article, noun = sentence.get(at + 1), sentence.get(at + 2)
    if article is None or noun is None or article.text not in spelled("of_another") or noun.concepts:
        return False
    return noun.text not in spelled("jobs") and not sentence.clause_has(at, *_OWN)


def _minute_of_each(sentence: Sentence, at: int) -> int | None:
    """``At minute 20 of every hour``."""
    number, hour = sentence.get(at + 1), sentence.right(at + 1, "time.h", "preset.hourly", reach=3)
    if sentence.items[at].of("time") != "min" or number is None or not number.is_digits or hour is None:
        return None
    is_each = sentence.items[hour].has("preset.hourly") or sentence.items[hour - 1].text.split(" ")[-1] in spelled(
        "each"
    )
    return int(number.value or 0) if is_each and (number.value or 0) < 60 else None


def _minute_past(sentence: Sentence, at: int) -> int | None:
    """``Each hour at 20 past``, ``hourly, ten minutes past the hour``."""
    item, following = sentence.items[at], sentence.get(at + 1)
    mark = sentence.get(at - 1)
    if item.has("number") and item.is_digits and mark is not None and mark.text == ":":  # hourly at :10
        value = item.value or 0
        return int(value) if value < 60 and sentence.left(at, "at", "preset.hourly", "start", reach=4) else None
    if following is None or not (following.text == "past" or following.has("minute_past")) or item.value is None:
        return None
    if item.has("clock_time", "duration"):
        minute = item.value / (60 if item.has("clock_time") else MS["min"])
    else:
        minute = item.value
    return int(minute) if 0 <= minute < 60 and float(minute).is_integer() else None
