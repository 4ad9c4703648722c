"""What a text allows and demands, as the cheapest frames that explain it."""

import re
from dataclasses import replace

from sparkwright.policy.language.amount_rules import SIDES as _SIDES
from sparkwright.policy.language.amount_rules import say
from sparkwright.policy.language.frames import Frame, frames_of, items_of
from sparkwright.policy.language.ground import Ground, ground_of
from sparkwright.policy.language.rephrased import rephrased
from sparkwright.policy.language.said import Said
from sparkwright.policy.language.verdicts import verdicts


def read_statements(folded: str, said: Said) -> None:
    """Add what a text says, its scope taken out already.

    Args:
        folded: Lower case without accents, numbers in digits.
        said: What was said before; it is added to.
    """
    # What led up to a name leads nowhere now; `on` would switch something.
    text = re.sub(r"(?<!\bbe )(?<!\bis )(?<!\bare )(?<!ed )(?<!turn )(?<!switch )(?<!ways )\bon(?=\s{3,})", "  ", folded)
    text = rephrased(text)
    text = re.sub(r"\bno (?:limits?|restrictions?) (?:on|for|to)\b[^,.;]*", " ", text)
    text = re.sub(r"(?<=\w)\s?\.{2,3}\s?(?=\d)", " .. ", text)
    text = re.sub(r"(?<![\w.:-])(\d[\d.,]*\s?[a-z%]{0,4})\s?[-–—~]\s?(?=\d)", r"\1 – ", text)
    ground = ground_of(text)
    items = items_of(ground)
    frames = frames_of(ground, items) if items else []
    frames = _without_choices(ground, frames, said)
    if any(not frame.subject.name.startswith("ask:") for frame in frames):
        # `we have 40 nodes; ...`: counts of something else
        frames = [one for one in frames if not (one.subject.span is None and one.subject.name.startswith("ask:") and (one.end == "none" or one.unit == "other"))]
    known = {frame.amount.value for frame in frames if not frame.subject.name.startswith("ask:")}
    for frame in frames:
        if frame.subject.name.startswith("ask:") and frame.amount.value in known:
            continue  # said again
        static = frame.subject.name == "budget:executors" and _SIDES.get(frame.end) == "max" and any(
            other.subject == frame.subject or ground.cost(other.item, frame.item) < 1.5
            for other in frames
            if other.subject.name == "budget:executors" and _SIDES.get(other.end) == "min"
        )
        if static:  # `at least 3 executors, at most 12`
            frame = replace(frame, subject=replace(frame.subject, name="spark.executor.instances"))
        say(ground, frame, said)
    for name, bound in said.bounds.items():
        if said.requires.get(name) in bound.values():
            del said.requires[name]  # `the limit is 8 GB: 8 GB it is`
    said.forbids = [one for one in said.forbids if not set(one["values"]) & set(said.bounds.get(str(one["property"]), {}).values())]  # type: ignore[call-overload]
    names = {frame.subject.name for frame in frames}
    used = {frame.subject.span for frame in frames if frame.subject.span is not None}
    used = {one for one in used if one.name != "spark.dynamicAllocation.enabled"}
    used |= {one for one in ground.properties if one.name in names}
    verdicts(ground, used, items, said)


def _without_choices(ground: Ground, frames: list[Frame], said: Said) -> list[Frame]:
    """Without amounts of which one may be chosen (``8 or 16 GB``): they are asked about."""
    found: list[Frame] = []
    for frame in frames:
        before = found[-1] if found else None
        if (
            before is not None
            and before.subject.name == frame.subject.name
            and re.fullmatch(r"\W*(?:or|oder|ou|o)\W*", ground.text[before.amount.end : frame.amount.start])
            and not any(ground.cost(one, before.item) < 2 for one in ground.cues["denied"])
        ):
            found.pop()
            said.ask("budgets" if frame.subject.name.startswith("budget:") else "bounds", "one of two amounts: which holds?")
            continue
        found.append(frame)
    return found
