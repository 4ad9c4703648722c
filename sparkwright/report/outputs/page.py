"""The report as one HTML page: no network, nothing from elsewhere; names and messages in it are foreign text."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from data_contracts.api.report import Change, Peak, Report, WorkloadSizing
from data_contracts.properties.spark import parse_size_bytes
from sparkwright.report.not_applied.words import carried_words, fate_words, title_words
from sparkwright.report.outputs import sentences, words
from sparkwright.report.outputs.files import write_whole

_FOLDER = Path(__file__).with_name("page")
_WIDTH, _HEIGHT, _MARGIN = 132, 30, 3


def write_page(report: Report, path: Path) -> None:
    """Write the page.

    Raises:
        OSError: It cannot be written.
    """
    write_whole(path, page_html(report))


def page_html(report: Report) -> str:
    """The page as text.

    Its content security policy lets nothing in but the style and the script that stand in it, by their hashes.
    """
    style, script = _part("page.css"), _part("page.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            period=sentences.period_words(report),
            memory=sentences.memory_words(report.summary.usage),
            cores=sentences.cores_words(report.summary.usage),
            rates=sentences.money_rates(report),
            read=sentences.read_words(report),
            style=style,
            script=script,
            policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; "
            "form-action 'none'",
        )
    )


def sparkline(workload: WorkloadSizing) -> dict[str, object] | None:
    """Points of an SVG: heap peaks of the runs, the heap they had, the advised one; None where nothing was measured.

    Returns:
        ``peaks`` as lists of ``(x, y)`` without gaps, ``deaths`` and ``dots`` as points, ``proven`` and ``trial`` as y
        or None, ``heap`` as the points of a step line, ``largest_bytes`` as the top of the scale.
    """
    peaks = workload.peaks
    measured = [peak.peak_bytes for peak in peaks if peak.peak_bytes is not None]
    if not measured:
        return None
    lines = {kind: _heap(workload, kind) for kind in ("proven", "trial")}
    largest = max([*measured, *(peak.heap_bytes for peak in peaks), *(line for line in lines.values() if line)])

    def x(position: int) -> float:
        room = _WIDTH - 2 * _MARGIN
        return round(_MARGIN + (room * position / (len(peaks) - 1) if len(peaks) > 1 else room / 2), 1)

    def y(size_bytes: int) -> float:
        return round(_HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * size_bytes / largest, 1)

    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "heap": [(x(position), y(peak.heap_bytes)) for position, peak in enumerate(peaks)],
        "peaks": _unbroken(peaks, x, y),
        "dots": [
            (x(position), y(peak.peak_bytes)) for position, peak in enumerate(peaks) if peak.peak_bytes is not None
        ],
        "deaths": [
            (x(position), y(peak.peak_bytes or peak.heap_bytes)) for position, peak in enumerate(peaks) if peak.died
        ],
        "largest_bytes": largest,
        **{kind: y(line) if line else None for kind, line in lines.items()},
    }


def diff_text(changes: list[Change]) -> str:
    """What is copied: lines of a properties file."""
    return "\n".join(f"{words.plain(one.property)} {words.plain(one.advised)}" for one in changes)


def sizing_changes(workload: WorkloadSizing, kind: str) -> list[Change]:
    """The settings of a kind that change something, as a diff."""
    return [
        Change(property=one.property, current=one.current, advised=one.advised)
        for one in workload.settings
        if one.kind == kind and one.advised is not None and one.advised != one.current
    ]


def _unbroken(peaks: list[Peak], x: object, y: object) -> list[list[tuple[float, float]]]:
    assert callable(x) and callable(y)
    lines: list[list[tuple[float, float]]] = [[]]
    for position, peak in enumerate(peaks):
        if peak.peak_bytes is None:
            lines.append([])
        else:
            lines[-1].append((x(position), y(peak.peak_bytes)))
    return [line for line in lines if len(line) > 1]


def _heap(workload: WorkloadSizing, kind: str) -> int | None:
    for one in workload.settings:
        if one.kind == kind and one.advised and one.property in ("spark.executor.memory", "spark.driver.memory"):
            return parse_size_bytes(one.advised)
    return None


def _part(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(words, name) for name in ("hours", "money", "percent", "plain", "seconds", "size")
    }
    environment.filters |= {"change": sentences.change_words, "loss": sentences.loss_words, "diff": diff_text}
    environment.filters |= {"source": title_words, "carried": carried_words, "fates": fate_words}
    environment.globals |= {
        "sparkline": sparkline,
        "changes": sizing_changes,
        "NONE": words.NONE,
        "UNKNOWN": words.UNKNOWN,
    }
    return environment
