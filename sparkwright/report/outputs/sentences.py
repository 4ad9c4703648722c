"""Phrases of the report, shared by terminal and page."""

from data_contracts.api.report import Change, Report, Setting, SlowGroup, Usage
from sparkwright.report.outputs.words import NONE, UNKNOWN, hours, percent, plain, seconds


def memory_words(usage: Usage) -> str:
    """Describe GiB-hours allocated, used and idle."""
    allocated = f"{hours(usage.memory_allocated_gib_h)} GiB-h allocated"
    if usage.memory_used_gib_h is None:
        return f"{allocated}; used: {UNKNOWN} (no log measured memory)"
    share = usage.memory_idle_gib_h / usage.memory_measured_gib_h if usage.memory_idle_gib_h is not None else None
    whole = usage.memory_measured_gib_h >= 0.995 * usage.memory_allocated_gib_h
    of = "" if whole else f" of the {hours(usage.memory_measured_gib_h)} that were measured"
    return (
        f"{allocated}, at most {hours(usage.memory_used_gib_h)} used{of}: "
        f"at least {hours(usage.memory_idle_gib_h)} idle ({percent(share)})"
    )


def cores_words(usage: Usage) -> str:
    """Describe core-hours allocated, used and idle."""
    share = usage.cores_idle_h / usage.cores_allocated_h if usage.cores_allocated_h else None
    return (
        f"{hours(usage.cores_allocated_h)} core-h allocated, {hours(usage.cores_used_h)} with tasks: "
        f"{hours(usage.cores_idle_h)} idle ({percent(share)})"
    )


def money_rates(report: Report) -> str:
    """Describe the price sheet."""
    prices = report.prices
    return f"{prices.vcore_hour:g} a core-h, {prices.memory_gib_hour:g} a GiB-h ({plain(prices.source)})"


def read_words(report: Report) -> str:
    """Describe what was read and what was not."""
    reading = report.reading
    parts = []
    if reading.logs_found == 0:
        parts.append("no event logs there")
    elif reading.logs_found is not None:
        parts.append(f"{reading.logs_found:,} log(s) found, read in {seconds(reading.seconds)}")
    else:
        parts.append("from the lake")
    if reading.interrupted:
        parts.append("INTERRUPTED: only what was read until then")
    refused = sum(one.count for one in reading.unreadable)
    if refused:
        parts.append(f"{refused:,} could not be read")
    pieces = sum(one.count for one in reading.in_part)
    if pieces:
        parts.append(f"{pieces:,} piece(s) of other logs set aside")
    unfinished = sum(count for state, count in reading.log_states.items() if state != "complete")
    if unfinished:
        states = ", ".join(f"{count:,} {name}" for name, count in reading.log_states.items() if name != "complete")
        parts.append(f"incomplete logs: {states}".replace("_", " "))
    if unknown := report.summary.usage.unmeasured_applications:
        parts.append(f"the hours of {unknown:,} application(s) are not known, and in no sum")
    return "; ".join(parts)


def period_words(report: Report) -> str:
    """Describe the period that savings cover."""
    sizing = report.sizing
    return "a week" if sizing.per == "week" else f"over the {seconds(sizing.window_days * 86_400)} seen"


def change_words(setting: Setting) -> str:
    """Format a setting as ``4g -> 2g (-50%)``."""
    current = setting.current if setting.current is not None else NONE
    if setting.advised is None:
        return current
    change = f" ({setting.change:+.0%})" if setting.change is not None else ""
    return plain(f"{current} -> {setting.advised}{change}")


def short_name(name: str) -> str:
    """Return a property's name without the prefix that all share."""
    return name.removeprefix("spark.")


def diff_words(change: Change) -> str:
    """Format one changed property on one line."""
    current = f"   (now {plain(change.current)})" if change.current is not None else "   (now not set)"
    return f"+ {plain(change.property)}={plain(change.advised)}{current}"


def loss_words(group: SlowGroup) -> str:
    """Describe the estimated cost of the cause."""
    parts = []
    if group.lost_s:
        parts.append(f"about {seconds(group.lost_s)} lost")
    if group.wasted_core_h:
        parts.append(f"{hours(group.wasted_core_h)} core-h held for nothing")
    return ", ".join(parts) or "no estimated loss of time"
