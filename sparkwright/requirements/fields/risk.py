"""Which share of runs may die."""

from collections.abc import Iterator
from dataclasses import replace

from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.text.spelled import spelled

_FAIL = ("fail", "risk")
_GOOD = ("succeed", "sla")


def read_risks(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What shares and odds say of failures."""
    is_said = False
    for at, item in sentence:
        reading: Said | Unclear | None = None
        if at in sentence.used:
            continue
        if item.has("percent"):
            if (share := _share(sentence, at, item.value or 0.0)) is not None:
                reading = _risk(sentence, at, share, item)
        elif (item.has("number") and (odds := _odds(sentence, at))) or (
            (item.text in _ONCE or _is_a_failure(sentence, at)) and (odds := _odds(sentence, at, 1.0))
        ):
            share, end = odds
            sentence.used.add(end)
            is_vague = sentence.left(end, "vague", reach=max(0, end - at - 1)) is not None
            told = replace(item, is_vague=True) if is_vague else item  # one in a few hundred
            reading = _risk(sentence, at, share, told, sentence.items[end].end)
        elif item.has("number") and (turned := _turned_odds(sentence, at)):
            share, end = turned
            sentence.used.add(end)
            reading = _risk(sentence, at, share, item, sentence.items[end].end)
        elif item.has("number") and _is_plain_share(sentence, at):
            if (item.value or 0) >= 1:
                reading = Unclear("max_risk", "ambiguous", "percent or a share", item.start, item.end)
            else:
                reading = _risk(sentence, at, item.value or 0.0, item)
        elif item.has("number") and (nines := sentence.get(at + 1)) and nines.has("nines"):
            reading = Said("max_risk", 10.0 ** -(item.value or 0), item.start, nines.end)
        elif (part := 0.5 if item.has("half") else float(item.of("part") or 0)) and _is_of_runs(sentence, at):
            reading = _risk(sentence, at, part, item)
        elif (item.has("ordinal_number") or item.of("ordinal")) and _is_every_nth(sentence, at):
            reading = _risk(sentence, at, 1 / (item.value or float(item.of("ordinal") or 1)), item)
        if reading is not None:
            is_said = True
            sentence.used.add(at)
            yield reading
    if not is_said:
        yield from _vague(sentence)


def _vague(sentence: Sentence) -> Iterator[Unclear]:
    for at, item in sentence:
        is_sized = (
            sentence.left(at, "vague", "amount.little", "amount.much", "shrink", "part_size", reach=2) is not None
        )
        is_of_runs = sentence.right(at, "run", reach=4) is not None
        if item.has("share_word") and (is_sized or is_of_runs) and sentence.clause_has(at, "fail", "risk"):
            yield Unclear("max_risk", "ambiguous", "which share of runs", item.start, item.end)
            return
        reach = 5 if sentence.right(at, "run", reach=3) is not None else 1
        if item.has("vague") and sentence.right(at, "fail", reach=reach) is not None and sentence.clause_has(at, "may"):
            yield Unclear("max_risk", "ambiguous", "which share of runs", item.start, item.end)
            return
        if _is_little_risk(sentence, at):
            yield Unclear("max_risk", "ambiguous", "which share of runs", item.start, item.end)
            return
        told = sentence.clause_has(at, "fail") or item.text.endswith(("failure", "failures", "crash", "crashes"))
        if (item.has("occasionally") and told and sentence.clause_has(at, "may", "is_ok")) or (
            item.has("risk")
            and sentence.clause_has(at, "priority_level.low", "vague_growth")
            and (sentence.right(at, "priority_level.low", reach=3) or sentence.left(at, "priority_level.low", reach=1))
        ):
            yield Unclear("max_risk", "ambiguous", "which share of runs", item.start, item.end)


_LITTLE = ("amount.little", "part_size", "priority_level.low", "little_much")
_COUNTED = ("number", "percent", "past", "memory.true", "mem", "cost", "grow", "gpu")


def _is_little_risk(sentence: Sentence, at: int) -> bool:
    """``Low risk``, ``keep the failure rate down``, ``as few crashes as possible``: a share without a number."""
    item = sentence.items[at]
    if not (item.has("risk") or (item.has("fail") and item.text.endswith(_NOUNS))):
        return False
    if sentence.clause_has(at, *_COUNTED):
        return False
    is_before = sentence.left(at, *_LITTLE, "vague", reach=2) is not None
    return is_before or (item.has("risk") and sentence.right(at, *_LITTLE, reach=4) is not None)


_NOUNS = ("rate", "rates", "failures", "crashes", "errors", "aborts", "losses", "breakdowns")


def _share(sentence: Sentence, at: int, value: float) -> float | None:
    """The share that may die as a percentage tells it; None where it is about something else."""
    if _is_of_successes(sentence, at):
        return 1 - value
    mark = sentence.left(at, "correct", reach=4, over_breaks=True)
    if mark is not None and any(
        one.has("percent") and place in sentence.used for place, one in sentence if place < mark
    ):
        return value  # 2% may fail. Sorry, 0.2%
    role = sentence.pull(
        at,
        {"fail": _FAIL, "good": _GOOD, "other": ("grow", "shrink", "output", "cost", "input", "mem", "gpu")},
    )
    if role is None or role[0] == "other" or role[1] > 8:
        return None
    if sentence.clause_has(at, "past") and not sentence.clause_has(at, "may", "max"):
        return None
    if role[0] == "good" and (sentence.clause_has(at, "fail") and not sentence.clause_has(at, "succeed")):
        return value
    return value if role[0] == "fail" else 1 - value


def _is_of_successes(sentence: Sentence, at: int) -> bool:
    """``99% of the runs succeed``: the verb right after is nearer than any word before."""
    verb = sentence.right(at, "succeed", reach=6)
    return verb is not None and all(
        not sentence.items[place].has("fail", "risk", "neg") for place in range(at + 1, verb + 1)
    )


def _risk(sentence: Sentence, at: int, share: float, item: Item, end: int | None = None) -> Said | Unclear:
    share = float(f"{share:.12g}")
    end = end or item.end
    if not 0 < share < 1:
        return Unclear("max_risk", "out_of_range", "a share between 0 and 1", item.start, end)
    if item.is_vague or sentence.is_range(at):
        return Unclear("max_risk", "ambiguous", "one exact share", item.start, end)
    return Said("max_risk", share, item.start, end)


_ONCE = spelled("once")


def _is_a_failure(sentence: Sentence, at: int) -> bool:
    """``A failure in every thousand runs``: one, in the words of an article."""
    following = sentence.get(at + 1)
    is_article = sentence.items[at].text in spelled("article")
    return is_article and bool(following and following.has("fail"))


def _odds(sentence: Sentence, at: int, told: float | None = None) -> tuple[float, int] | None:
    """``one in 200``, ``2 of 1000 runs``, ``1/200``, ``one failure per thousand runs`` and where it ends."""
    one = told or sentence.items[at].value or 0.0
    linked = told is not None
    for place in range(at + 1, min(len(sentence.items), at + 7)):
        item = sentence.items[place]
        if item.has("stop", "comma", "bytes", "duration", "money", "percent", "clock_time"):
            return None
        if item.has("of_total", "per", "in", "every") or item.text in ("/", ":", "out", "of"):
            linked = True
        if item.has("number") and item.value is not None and (place > at + 1 or told is not None):
            return _ratio(sentence, at, place, one, item.value) if linked else None
    return None


def _turned_odds(sentence: Sentence, at: int) -> tuple[float, int] | None:
    """``Out of 10,000 runs no more than five may crash``."""
    many = sentence.items[at].value or 0.0
    before = sentence.get(at - 1)
    opens = at - 1 if before is not None and before.text in spelled("article") else at  # out of a thousand
    if sentence.left(opens, "of_total", "between", "in", reach=1) is None or many < 5:
        return None
    for place in range(at + 1, min(len(sentence.items), at + 9)):
        item = sentence.items[place]
        if item.has("stop", "bytes", "duration", "money", "percent", "clock_time"):
            return None
        if item.has("number") and item.value is not None and not item.has("article"):
            ratio = _ratio(sentence, at, place, item.value, many)
            return ratio and (ratio[0], place)
    return None


def _ratio(sentence: Sentence, at: int, place: int, one: float, many: float) -> tuple[float, int] | None:
    if not 0 < one < many or many < 5 or not float(many).is_integer():
        return None
    near = range(max(0, at - 8), min(len(sentence.items), place + 9))
    if sentence.left(at, "correct", reach=3, over_breaks=True) is not None:
        near = range(max(0, at - 20), near.stop)  # one in 300 may die; scratch that, one in 400
    fails = any(
        sentence.items[near_at].has("fail", "risk") or "fail" in sentence.items[near_at].text for near_at in near
    )
    succeeds = any(sentence.items[near_at].has("succeed") for near_at in near)
    if not fails and not succeeds:
        return None
    if fails and not succeeds and one / many > 0.5 and not sentence.clause_has(at, "may", "max"):
        return None  # it fails 6 of 7 checks
    return (1 - one / many if succeeds and (not fails or one / many > 0.5) else one / many), place


def _is_plain_share(sentence: Sentence, at: int) -> bool:
    """``a risk of 0.01``."""
    item, following = sentence.items[at], sentence.get(at + 1)
    if not item.is_digits or item.value is None or (following and following.has("gpu", "gpu_model")):
        return False
    if 0 < item.value < 1:
        return sentence.left(at, "risk", "fail", reach=5) is not None or bool(
            following and following.has("fail", "risk")
        )
    if following and not following.has("stop", "comma", "but", "and"):
        return False
    return sentence.left(at, "risk", reach=3) is not None and not sentence.clause_has(at, "priority")


def _is_of_runs(sentence: Sentence, at: int) -> bool:
    """``Half of the runs may fail``."""
    return sentence.right(at, "run", reach=4) is not None and sentence.clause_has(at, "fail")


def _is_every_nth(sentence: Sentence, at: int) -> bool:
    before = sentence.get(at - 1)
    value = sentence.items[at].value or float(sentence.items[at].of("ordinal") or 0)
    return bool(before and before.has("every", "per")) and value >= 5 and sentence.clause_has(at, "fail")
