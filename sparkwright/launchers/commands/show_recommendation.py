"""A recommendation as a person reads it, with the standard library alone."""

import json
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from data_contracts.properties.spark import GIB, MIB
from sparkwright.errors import ServiceError

_FORECASTS = {
    "duration_ms": "duration",
    "executor_run_time_ms": "executor run time",
    "input_bytes": "input",
    "shuffle_write_bytes": "shuffle write",
    "disk_spilled_bytes": "disk spilled",
}
_STANDINGS = {
    "proven": ("proven by {run_count} run(s)", " at inputs up to {input}"),
    "died": ("died {run_count} time(s)", ", with {input} of input or more"),
    "never_tried": ("never tried", " for {input} of input"),
}
"""What is known of a heap, and how its input is added where there was any."""
_NARROW, _WIDE = 60, 120


def show_recommendation(answer: Mapping[str, object]) -> None:
    """Print the allocation with its reasons, what is known of the heaps, and the forecast.

    Raises:
        ServiceError: The answer breaks the contract.
    """
    try:
        lines = recommendation_lines(answer, shutil.get_terminal_size((80, 24)).columns)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServiceError(
            f"expected the answer of a Sparkwright service, got "
            f"{json.dumps(answer)[:80]} ({type(error).__name__}: {error})"
        ) from error
    print("\n".join(lines))


def recommendation_lines(answer: Mapping[str, Any], columns: int) -> list[str]:
    """The lines to print, no wider than ``columns`` as far as words allow."""
    width = min(_WIDE, max(_NARROW, columns))
    reasons: dict[str, list[str]] = {}
    for reason in answer["reasons"]:
        reasons.setdefault(reason["property"], []).append(reason["text"])
    allocation: dict[str, str] = answer["allocation"]
    lines = [f"Allocation for {answer['workload_id']}"]
    current = {one["property"]: one["current"] for one in answer.get("changes", ()) if one["current"] is not None}
    for name, value in allocation.items():
        lines.append(f"  {name}={value}" + (f" (asked for {current[name]})" if name in current else ""))
        lines += _wrapped("; ".join(reasons.get(name, [])), width)
    for name, value in answer.get("required", {}).items():
        lines.append(f"  {name}={value} (required)")
        lines += _wrapped("; ".join(reasons.pop(name, [])), width)
    if not allocation and not answer.get("required"):
        lines.append("  no property to set")
    for name, texts in reasons.items():
        if name != "*" and name not in allocation:
            lines += [f"  {name}", *_wrapped("; ".join(texts), width)]
    lines += [f"* {text}" for text in reasons.get("*", [])]
    if changes := [one for one in answer.get("policy_changes", ()) if one["property"] != "*"]:
        capped = [
            (one["property"], one["uncapped"] or "-", one["capped"] or "-", ", ".join(one["policies"]))
            for one in changes
        ]
        lines += ["", *_table(("capped by policy", "without", "with", "policy"), capped)]
    if saving := answer.get("saving"):
        lines.append(f"* {_saving(saving)}")
    if risk := answer.get("risk"):
        lines.append(f"* {_risk(risk)}")
    if evidence := answer.get("evidence"):
        lines += textwrap.wrap(f"* {_evidence(evidence)}", width, subsequent_indent="  ")
    if heaps := answer.get("heap_evidence"):
        rows = [(_size(one["executor_memory_bytes"]), _standing(one)) for one in heaps]
        lines += ["", *_table(("heap", "what is known"), rows)]
    if forecast := answer.get("forecast"):
        forecasts = [
            (label, *(_amount(name, forecast[name][level]) for level in ("p10", "p50", "p90")))
            for name, label in _FORECASTS.items()
        ]
        lines += ["", *_table(("forecast", "p10", "p50", "p90"), forecasts)]
    said = ("cold", "trial", "held_back", "report_only", "extrapolated")
    marks = [name.replace("_", " ") for name in said if answer.get(name)]
    told = [
        f"decision {answer['decision_id']}",
        f"release {answer['release_version']}",
        f"forecaster {answer['forecaster_version']}",
        f"runs seen {answer['observed_run_count']}",
        *marks,
    ]
    return [*lines, "", *textwrap.wrap(", ".join(told), width)]


def _evidence(evidence: Mapping[str, Any]) -> str:
    """Which runs it rests on."""
    first, last = (evidence[name][:16].replace("T", " ") for name in ("first_ended_at", "last_ended_at"))
    newest = ", ".join(one["app_id"] for one in evidence["newest"])
    return f"runs that ended from {first} to {last} UTC" + (f", the last: {newest}" if newest else "")


def _saving(saving: Mapping[str, Any]) -> str:
    """What a run saves, or costs more."""
    money = "" if saving.get("money") is None else f", {saving['money']:+.4f} {saving['currency']}"
    return f"saved a run, by the forecast: {saving['memory_gib_h']:+.3g} GiB-h, {saving['core_h']:+.3g} core-h{money}"


def _risk(risk: Mapping[str, Any]) -> str:
    """P(death) of the heap, and what vouches for it."""
    said = f"P(death) {risk['probability']:.1%}"
    if risk["basis"] == "certified":
        return f"{said}, certified: of {risk['decision_count']} decisions like it at most {risk['bound']:.1%} die"
    return f"{said} by this workload's own runs, not certified"


def _standing(one: Mapping[str, object]) -> str:
    input_bytes = float(str(one["input_bytes"]))
    known, with_input = _STANDINGS[str(one["standing"])]
    return (known + (with_input if input_bytes else "")).format(run_count=one["run_count"], input=_size(input_bytes))


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="      ", subsequent_indent="      ")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    return [
        "  ".join(text.ljust(size) for text, size in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]


def _amount(name: str, value: float) -> str:
    return f"{value / 1000:,.1f} s" if name.endswith("_ms") else _size(value)


def _size(size_bytes: float) -> str:
    return f"{size_bytes / GIB:,.1f} GiB" if size_bytes >= GIB else f"{size_bytes / MIB:,.0f} MiB"
