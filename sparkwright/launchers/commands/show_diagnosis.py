"""A diagnosis as a person reads it. Standard library only: a launch host has nothing else."""

import re
import shutil
import sys
import textwrap
from collections.abc import Mapping

from sparkwright.errors import ServiceError
from sparkwright.parsing.json_values import shown

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_MAX_PLACES = 4
_MIN_SHOWN_S = 0.05


def show_diagnosis(answer: Mapping[str, object]) -> None:
    """Print how the application ended, why, the facts that say so and what to do.

    Args:
        answer: JSON of :class:`data_contracts.api.diagnosis.Diagnosis`.

    Raises:
        ServiceError: A field is missing or has another type.
    """
    print("\n".join(diagnosis_lines(answer, shutil.get_terminal_size().columns, bold=sys.stdout.isatty())))


def diagnosis_lines(answer: Mapping[str, object], width: int, *, bold: bool = False) -> list[str]:
    """The lines of :func:`show_diagnosis`, wrapped to ``width`` columns; ``bold`` for a terminal.

    Raises:
        ServiceError: A field is missing or has another type.
    """
    remediation = _mapping(answer, "remediation")
    properties = _mapping(remediation, "properties")
    title, cause, by = (_text(answer, name) for name in ("title", "root_cause", "answered_by"))
    lines = _wrapped(_text(answer, "ending"), width)
    confidence = answer.get("confidence")
    sure = f", {confidence:.0%} sure" if isinstance(confidence, int | float) else ""
    sure = ", a symptom: what it came from is not known" if answer.get("symptom_only") else sure
    heading = _wrapped(f"{title}  ({cause}{sure}, answered by {by})", width)
    lines += [f"\033[1m{line}\033[0m" for line in heading] if bold else heading
    lines += _wrapped(_text(answer, "explanation"), width)
    for fact in _list(answer, "evidence"):
        lines += _fact(fact, width)
    lines += _chain(_list_or_none(answer, "chain"), width)
    if would_tell := answer.get("would_tell"):
        lines += _wrapped(str(would_tell), width)
    lines += _wrapped(f"What to do: {_text(remediation, 'text')}", width)
    # Never wrapped, so that they can be copied.
    lines += [f"  --conf {_clean(name)}={_clean(str(value))}" for name, value in properties.items()]
    if to_fill := _mapping(remediation, "to_fill") if "to_fill" in remediation else {}:
        lines += _wrapped("Settings that can repair it, with a value that you know:", width)
        for name, what in to_fill.items():
            lines += _wrapped(f"{_clean(name)}: {_clean(str(what))}", width, "    ")
    if knobs := _list_or_none(remediation, "knobs"):
        lines += _wrapped(f"Settings that can repair it: {'; '.join(map(str, knobs))}", width, "  ")
    for finding in _list(answer, "slow"):
        lines += _slow(finding, width)
    second, guess = answer.get("second_opinion"), answer.get("guess")
    if second:
        lines += _wrapped(f"Second opinion: {'the same' if second == cause else second}", width)
    if guess:
        lines += _wrapped(f"A guess of the language model, which no fact proves: {guess}", width)
    for note in _list(answer, "notes"):
        lines += _wrapped(f"Note: {note}", width)
    versions = [answer.get("release_version"), answer.get("troubleshooter_version")]
    if any(version not in (None, "none") for version in versions):
        lines += _wrapped(f"release {versions[0]}, troubleshooter {versions[1]}", width)
    return lines


def _fact(fact: object, width: int) -> list[str]:
    if not isinstance(fact, dict):
        raise ServiceError(f"expected facts as objects in the answer of a Sparkwright service, got {shown(fact)}")
    count = fact.get("occurrence_count", 1)
    times = f", {count} times" if isinstance(count, int) and count > 1 else ""
    places = [_text(fact, "source"), *(str(place) for place in _list(fact, "also_at"))]
    more = f" and {len(places) - _MAX_PLACES} more" if len(places) > _MAX_PLACES else ""
    head = f"{_text(fact, 'evidence_id')}  {_text(fact, 'kind')}: {'; '.join(places[:_MAX_PLACES])}{more}{times}"
    return _wrapped(head, width, "  ") + ["    " + line for line in _wrapped(_text(fact, "line"), width - 4)]


def _chain(links: list[object], width: int) -> list[str]:
    """How the first cause led to the end, one step a line."""
    lines = ["How it came about:"] if links else []
    for link in links:
        if not isinstance(link, dict):
            raise ServiceError(f"expected links as objects in the answer of a Sparkwright service, got {shown(link)}")
        lines += ["  " + line for line in _wrapped(f"> {_text(link, 'evidence_id')}  {_text(link, 'line')}", width - 2)]
    return lines


def _slow(finding: object, width: int) -> list[str]:
    """What made the application slow: the facts, how the seconds were estimated, and the remedy."""
    if not isinstance(finding, dict):
        raise ServiceError(f"expected findings as objects in the answer of a Sparkwright service, got {shown(finding)}")
    remediation = _mapping(finding, "remediation")
    lost = finding.get("lost_s")
    seconds = f", about {lost:.1f} s lost" if isinstance(lost, int | float) and lost >= _MIN_SHOWN_S else ""
    lines = _wrapped(f"Slow: {_text(finding, 'title')}  ({_text(finding, 'cause')}{seconds})", width)
    for fact in _list(finding, "facts"):
        lines += ["    " + line for line in _wrapped(str(fact), width - 4)]
    lines += ["    " + line for line in _wrapped(f"estimate: {_text(finding, 'estimate')}", width - 4)]
    lines += _wrapped(f"What to do: {_text(remediation, 'text')}", width)
    return lines + [
        f"  --conf {_clean(name)}={_clean(str(value))}" for name, value in _mapping(remediation, "properties").items()
    ]


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most ``width`` columns; a longer path or class name stays whole, so that it can be copied."""
    return textwrap.wrap(
        _clean(text), max(20, width), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _clean(text: str) -> str:
    """The text without control characters: log text must not steer a terminal."""
    return _CONTROL.sub(" ", text)


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise ServiceError(f"expected text in {name} of the answer of a Sparkwright service, got {shown(value)}")
    return value


def _list(given: Mapping[str, object], name: str) -> list[object]:
    value = given.get(name)
    if not isinstance(value, list):
        raise ServiceError(f"expected a list in {name} of the answer of a Sparkwright service, got {shown(value)}")
    return value


def _list_or_none(given: Mapping[str, object], name: str) -> list[object]:
    """A list that a service of an earlier version leaves out."""
    return _list(given, name) if name in given else []


def _mapping(given: Mapping[str, object], name: str) -> dict[str, object]:
    value = given.get(name)
    if not isinstance(value, dict):
        raise ServiceError(f"expected an object in {name} of the answer of a Sparkwright service, got {shown(value)}")
    return value
