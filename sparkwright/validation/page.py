"""The result of a validation as one HTML file: no script, no network, readable on paper."""

import os
from collections.abc import Collection, Iterable
from html import escape
from pathlib import Path

from data_contracts.checks.checked import Checked
from sparkwright.redaction import redact_text
from sparkwright.validation.report import SuiteResult, ValidationReport

_MAX_ROWS = 200
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --warn: #9a6700; --bad: #c62828; --soft: #8881; }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --warn: #d4a72c; --bad: #ff7b72; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; }
h3 { font-size: 1rem; margin: .2rem 0 .3rem; font-weight: 600; }
p.meta { color: GrayText; margin-top: .2rem; } .good { color: var(--good); } .warn { color: var(--warn); }
.bad { color: var(--bad); }
p.verdict { font-size: 1.1rem; font-weight: 600; border: 1px solid var(--line); border-left: 6px solid currentColor;
  padding: .5rem .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; background: var(--soft); }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
td { overflow-wrap: anywhere; } details { margin: .6rem 0; } summary { cursor: pointer; }
.failure { border-left: 4px solid var(--bad); padding: .2rem 0 .4rem 1rem; margin: 1rem 0; }
.failure.aside { border-color: var(--warn); }
code { font-family: ui-monospace, monospace; font-size: .9em; }
"""
_CLASS_OF_VERDICT = {"passed": "good", "few bad rows": "warn", "failed": "bad"}


def write_page(report: ValidationReport, page: Path) -> None:
    """Write the page of a validation to the file ``page``, whole or not at all."""
    docs = escape(os.path.relpath(report.data_docs, page.parent)) if report.data_docs else ""
    link = f' &middot; <a href="{docs}">Data Docs of Great Expectations</a>' if docs else ""
    body = [
        "<h1>Validation of the lake</h1>",
        f'<p class="meta">{escape(redact_text(report.lake_uri))} &middot; {report.validated_at:%Y-%m-%d %H:%M:%S} UTC '
        f"&middot; {report.application_count:,} new application(s){link}</p>",
        _whole(report),
        _overview(report.suites),
        *(_suite(suite, moved=report.passed) for suite in report.suites if suite.failures),
        _drift(report),
        *(_suite(suite, moved=report.passed) for suite in report.suites if not suite.failures),
    ]
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Validation of the lake</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )
    temporary = page.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(page)


def _whole(report: ValidationReport) -> str:
    """The result in one sentence, and what it means for the pipeline."""
    if not report.contracts_hold:
        tables = ", ".join(suite.table for suite in report.suites if suite.stops)
        kind, text = "bad", f"The pipeline stops: {tables} broke the contract. Nothing was set aside."
    elif not report.passed:
        kind, text = "bad", f"The pipeline stops: {len(report.drifted)} column(s) drifted. Nothing was set aside."
    elif report.bad_count:
        kind, text = "warn", f"The pipeline goes on without {report.bad_count:,} bad row(s), which are in quarantine."
    else:
        kind, text = "good", "The lake keeps its contracts."
    return f'<p class="verdict {kind}">{escape(text)}</p>'


def _overview(suites: Iterable[SuiteResult]) -> str:
    rows = [
        [
            f'<a href="#{escape(suite.table)}">{escape(suite.table)}</a>',
            str(suite.version),
            f"{suite.row_count:,}",
            f"{len(suite.failures)} of {len(suite.results)}",
            f"{suite.bad_count:,}",
            f"{suite.batch.bad_count:,} of {suite.batch.row_count:,}",
            f"{suite.rejected_count:,}",
            f"{suite.batch.allowed_count:,}",
            _verdict(suite.verdict),
        ]
        for suite in suites
    ]
    heads = [
        "table",
        "version",
        "rows",
        "failed",
        "bad rows",
        "in the batch",
        "rejected at harvest",
        "allowed",
        "verdict",
    ]
    return _table(heads, rows, numbers={1, 2, 3, 4, 5, 6, 7})


def _drift(report: ValidationReport) -> str:
    title = "<h2>Drift of runs against the last accepted batch</h2>"
    if not report.drift:
        return f'{title}<p class="meta">Not checked: {escape(report.drift_note or "no column has enough values")}.</p>'
    rows = [
        [
            escape(one.column),
            f"{one.divergence:.2f}",
            f"{one.limit:.2f}",
            escape(one.reference.middle),
            escape(one.observed.middle),
            f"{one.reference.count:,}",
            f"{one.observed.count:,}",
            '<span class="warn">drifted</span>' if one.drifted else '<span class="good">as before</span>',
        ]
        for one in sorted(report.drift, key=lambda one: one.limit - one.divergence)
    ]
    heads = ["column", "divergence", "limit", "usual then", "usual now", "values then", "values now", "verdict"]
    count = len(report.drifted)
    shown = _table(heads, rows[:count], numbers={1, 2, 3, 4, 5, 6}) if count else ""
    rest = _table(heads, rows[count:], numbers={1, 2, 3, 4, 5, 6})
    stops = "" if report.drift_stops else ", which is reported but does not stop the pipeline"
    return (
        f"{title}<p>{count} of {len(rows)} columns drifted{stops if count else ''}.</p>{shown}"
        f"<details><summary>The {len(rows) - count} others</summary>{rest}</details>"
    )


def _suite(suite: SuiteResult, *, moved: bool) -> str:
    all_rows = [
        [
            escape(one.expected),
            f"<code>{escape(one.expectation)}</code>",
            f"{one.unexpected_count:,}" if one.element_count else escape(one.observed),
            _verdict("passed" if one.passed else "failed"),
        ]
        for one in suite.results
    ]
    expectations = _table(["expected", "expectation", "bad rows", "verdict"], all_rows, numbers={2})
    over = f'<p class="bad">{escape(suite.sentence)}.</p>' if suite.is_over else ""
    return (
        f'<h2 id="{escape(suite.table)}">{escape(suite.table)} &middot; {_verdict(suite.verdict)}</h2>{over}'
        + "".join(_failure(one, moved=moved) for one in suite.failures)
        + f"<details><summary>All {len(suite.results)} expectations</summary>{expectations}</details>"
    )


def _failure(one: Checked, *, moved: bool) -> str:
    parts = [f'<div class="failure{" aside" if moved else ""}"><h3>expected: {escape(one.expected)}</h3>']
    if one.bad_rows:
        shown = one.bad_rows[:_MAX_ROWS]
        more = f", the first {_MAX_ROWS} of them" if len(one.bad_rows) > _MAX_ROWS else ""
        now = "moved to quarantine" if moved else "still in the table"
        parts.append(f"<p>{one.unexpected_count:,} of {one.element_count:,} rows break it, {now}{more}:</p>")
        parts.append(_table(list(shown[0]), [[escape(redact_text(text)) for text in row.values()] for row in shown]))
    else:
        parts.append(f"<p>got: {escape(one.observed or 'something else')}</p>")
    return "".join([*parts, "</div>"])


def _verdict(verdict: str) -> str:
    return f'<span class="{_CLASS_OF_VERDICT[verdict]}">{verdict}</span>'


def _table(heads: list[str], rows: list[list[str]], numbers: Collection[int] = ()) -> str:
    def line(tag: str, cells: Iterable[str]) -> str:
        kinds = (' class="number"' if position in numbers else "" for position in range(len(heads)))
        return f"<tr>{''.join(f'<{tag}{kind}>{cell}</{tag}>' for kind, cell in zip(kinds, cells, strict=True))}</tr>"

    head = line("th", map(escape, heads))
    body = "".join(line("td", row) for row in rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
