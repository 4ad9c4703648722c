"""What a submission becomes with a recommendation: the one rule that every launcher keeps.

:func:`inject` is pure: properties in, properties and reasons out. A launcher only translates its own format into
properties and back. Standard library only.
"""

from collections.abc import Mapping, Set
from typing import Literal, NamedTuple

from data_contracts.properties.provenance import DECISION_ID, LAUNCH_ID, WORKLOAD
from data_contracts.properties.spark import PROPERTIES, parse_size_bytes, same_value
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.spark_rules import NO_CAPS, SiteCaps, bad_value, beyond_any_machine, conflicts
from sparkwright.spark.platform import platform_of

_HEAP, _OVERHEAD, _CORES = "spark.executor.memory", "spark.executor.memoryOverhead", "spark.executor.cores"
_SETS_OVERHEAD = frozenset(
    {
        "spark.yarn.executor.memoryOverhead",
        "spark.executor.memoryOverheadFactor",
        "spark.kubernetes.memoryOverheadFactor",
    }
)
"""Other ways to say how much is beside the heap; Spark looks at them only where ``memoryOverhead`` is not set."""

Action = Literal["set", "replaced", "removed", "same", "kept", "left_out", "refused", "mark", "note"]


class Reason(NamedTuple):
    """What became of one property, and why.

    Attributes:
        property: Its name; ``*`` for the submission as a whole.
        action: ``set`` (it was not there), ``replaced`` (ours instead of the user's), ``removed`` (a policy lets
            nobody set it), ``same`` (both say so), ``kept`` (the user's wins), ``left_out`` (does not fit what the
            user set), ``refused`` (Spark or the site would refuse it), ``mark`` (joins the run to its decision),
            ``note``.
        own: As the user wrote it; None where not set.
        advised: As advised; None where nothing is.
        text: Why, in words.
    """

    property: str
    action: Action
    own: str | None
    advised: str | None
    text: str


class Injection(NamedTuple):
    """A submission with advice: its properties, and a reason for each that advice names."""

    properties: dict[str, str]
    reasons: tuple[Reason, ...]

    @property
    def added(self) -> dict[str, str]:
        """What has to be set beside, or instead of, what the user wrote; marks come first."""
        changed = {one.property for one in self.reasons if one.action in {"set", "replaced", "mark"}}
        return {name: value for name, value in self.properties.items() if name in changed}

    @property
    def removed(self) -> frozenset[str]:
        """Properties of the user that a policy lets nobody set."""
        return frozenset(one.property for one in self.reasons if one.action == "removed")

    @property
    def replaced(self) -> frozenset[str]:
        """Properties of the user that are no longer his: advised ones, and marks that say something else now."""
        marks = {one.property for one in self.reasons if one.action == "mark" and one.own not in {None, one.advised}}
        return frozenset(marks | {one.property for one in self.reasons if one.action in {"replaced", "removed"}})


def inject(
    properties: Mapping[str, str],
    recommendation: Advice | None,
    override: bool = False,
    *,
    launch_id: str = "",
    workload: str = "",
    site: Mapping[str, str] | None = None,
    platform: str = "",
    caps: SiteCaps = NO_CAPS,
) -> Injection:
    """The properties to submit with, and why each advised one is or is not among them.

    What the user set wins unless ``override``; what a policy demands wins over both. What Spark or the site would
    refuse is not applied, whoever advised it. A submission that carries a decision already keeps it, so that two
    launchers on one way do not advise twice; ``override`` asks for a new one.

    Args:
        properties: What the user set for this application, as Spark's properties.
        recommendation: The advice; None: only the marks are set.
        override: Whether the advice wins over what the user set.
        launch_id: Names this launch; empty: no such mark.
        workload: Explicit key of the recurring workload; empty: what ``properties`` hold, else what the advice says.
        site: Defaults beneath the user's properties (``spark-defaults.conf``): only looked at.
        platform: As :func:`~sparkwright.spark.platform.platform_of` names it; empty: by ``spark.master``.
        caps: What the site lets one container have.

    Returns:
        The properties with the marks ``spark.sparkwright.*`` and what is applied of the advice, and the reasons.
    """
    if recommendation is not None and not override and (earlier := properties.get(DECISION_ID)):
        text = f"carries decision {earlier[:64]} already: left as it is"
        return Injection(dict(properties), (Reason("*", "note", None, None, text),))
    below = {} if site is None else site
    platform = platform or platform_of(properties.get("spark.master", below.get("spark.master")))
    marks = _marks(properties, recommendation, launch_id, workload)
    allocation = {} if recommendation is None else recommendation.allocation
    why = {} if recommendation is None else recommendation.reasons
    enforced = {} if recommendation is None else recommendation.enforced
    removed = {} if recommendation is None else recommendation.refused
    kept = {name: value for name, value in properties.items() if name not in removed}
    out = _not_taken(kept, allocation, enforced.keys(), override=override)
    taken = {name: value for name, value in allocation.items() if name not in out}
    for name, text in _refused({**below, **kept}, taken, platform, caps):
        out[name] = ("refused", text)
        del taken[name]
    reasons = [Reason(name, "mark", kept.get(name), value, _MARKS[name]) for name, value in marks.items()]
    for name, value in allocation.items():
        own = kept.get(name)
        reason = f"policy {enforced[name]}" if name in enforced else why.get(name, "advised")
        action, text = out.get(name) or ("set" if own is None else "replaced", reason)
        if own is not None and same_value(name, own, value):
            action, text = "same", "yours, and advised"
            taken.pop(name, None)
        reasons.append(Reason(name, action, own, value, text))
    # By name alone: a launcher's own options may set them, too, as --jars does.
    reasons += [
        Reason(name, "removed", properties.get(name), None, f"policy {who} lets nobody set it")
        for name, who in removed.items()
    ]
    reasons += [Reason("*", "note", None, None, text) for text in (recommendation.left if recommendation else ())]
    merged = {**marks, **{name: value for name, value in kept.items() if name not in marks}, **taken}
    reasons += [
        Reason("*", "note", None, None, f"{conflict.text} ({_set_by(conflict.names, kept, below)})")
        for conflict in conflicts({**below, **merged}, platform, caps)
    ]
    return Injection(merged, tuple(reasons))


_MARKS = {
    LAUNCH_ID: "names this launch",
    DECISION_ID: "joins the run to its decision",
    WORKLOAD: "keeps the run with its workload's history",
}


def _marks(properties: Mapping[str, str], advice: Advice | None, launch_id: str, workload: str) -> dict[str, str]:
    marks = {LAUNCH_ID: launch_id} if launch_id else {}
    if workload:
        marks[WORKLOAD] = workload
    if advice is not None:
        if not workload and not properties.get(WORKLOAD):
            # The application may name itself otherwise in its code: the mark keeps the run with its own history.
            marks[WORKLOAD] = advice.workload_id
        marks[DECISION_ID] = advice.decision_id
    return marks


def _not_taken(
    properties: Mapping[str, str], allocation: Mapping[str, str], enforced: Set[str], *, override: bool
) -> dict[str, tuple[Action, str]]:
    """Advised properties that are not applied since they are unreadable, or the user set them or what they go with."""
    out: dict[str, tuple[Action, str]] = {}
    in_force = {name: value for name, value in properties.items() if name not in enforced}
    for name, value in allocation.items():
        # What a policy demands beside resources was read when the advice was.
        fault = bad_value(name, value) if name in PROPERTIES or name not in enforced else ""
        fault = fault or beyond_any_machine(name, value)
        if fault:
            out[name] = ("refused", fault)
        elif override or name in enforced:
            continue
        elif name in properties:
            out[name] = ("kept", "yours")
        elif text := _misfit(name, in_force, allocation):
            out[name] = ("left_out", text)
    return out


def _misfit(name: str, properties: Mapping[str, str], allocation: Mapping[str, str]) -> str:
    """Why an advised property does not fit what the user set; empty where it does."""
    if name == _OVERHEAD and (own_ways := _SETS_OVERHEAD & properties.keys()):
        return f"you set {', '.join(sorted(own_ways))}"
    try:
        own, advised = parse_size_bytes(properties[_HEAP]), parse_size_bytes(allocation[_HEAP])
    except (KeyError, ValueError):  # a size that is none: Spark will say so
        return ""
    # The overhead that is advised belongs to the heap that is advised; Spark derives more for a larger one. So do the
    # cores: as many tasks may be too many for a smaller one.
    if name == _OVERHEAD and own > advised:
        return "it belongs to the smaller heap that was advised"
    if name == _CORES and own < advised:
        return "as many tasks belong to the larger heap that was advised"
    return ""


def _refused(
    around: Mapping[str, str], taken: Mapping[str, str], platform: str, caps: SiteCaps
) -> list[tuple[str, str]]:
    """What has to go from ``taken`` until nothing that is advised takes part in a conflict, with the reason."""
    left = dict(taken)
    gone: dict[str, str] = {}
    while True:
        found = conflicts({**around, **left}, platform, caps)
        advised = [(tuple(name for name in one.names if name in left), one.text) for one in found]
        names, text = next(((names, text) for names, text in advised if names), ((), ""))
        if not names:
            return list(gone.items())
        gone |= dict.fromkeys(names, text)
        if _HEAP in names:  # what was advised for that heap fits no other
            gone |= {name: "it belongs to the heap that was refused" for name in (_OVERHEAD, _CORES) if name in left}
            gone |= dict.fromkeys(names, text)
        left = {name: value for name, value in left.items() if name not in gone}


def _set_by(names: tuple[str, ...], own: Mapping[str, str], site: Mapping[str, str]) -> str:
    said = [f"{name}={own[name]} is yours" for name in names if name in own]
    said += [f"{name}={site[name]} is the site's default" for name in names if name in site and name not in own]
    return "; ".join(said) or "by Spark's defaults"


def told(injection: Injection, recommendation: Advice | None) -> list[str]:
    """What a launcher says of an injection: a line about the decision, and one for each contradiction."""
    words = [
        _told(one)
        for one in injection.reasons
        if (one.advised is not None or one.action == "removed") and one.action != "mark"
    ]
    lines = [one.text for one in injection.reasons if one.action == "note"]
    if recommendation is None:
        return lines
    note = f" ({recommendation.note})" if recommendation.note else ""
    return [f"decision {recommendation.decision_id}: {', '.join(words) or 'no property to change'}{note}", *lines]


def _told(one: Reason) -> str:
    if one.action == "kept":
        return f"{one.property}={one.own} (yours; advised {one.advised})"
    if one.action == "left_out":
        return f"{one.property} left out, it does not fit yours (advised {one.advised})"
    if one.action == "refused":
        return f"{one.property}={one.advised} not applied: {one.text}"
    if one.action == "removed":
        return f"{one.property} left out: {one.text}"
    if one.action == "replaced" and one.text.startswith("policy "):
        return f"{one.property}={one.advised} ({one.text}; yours was {one.own})"
    return f"{one.property}={one.advised}"
