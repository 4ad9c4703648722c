"""The result of a validation as one HTML file: no script, no network, readable on paper."""

import os
from collections.abc import Collection, Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data_contracts.checked import Checked
    from sparkwright.history.validate import SuiteResult, ValidationReport

_MAX_ROWS = 200
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #c62828; --soft: #8881; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p.meta { color: GrayText; margin-top: .2rem; } .good { color: var(--good); } .bad { color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; background: var(--soft); }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
td { overflow-wrap: anywhere; } details { margin: .6rem 0; } summary { cursor: pointer; }
.failure { border-left: 4px solid var(--bad); padding: .2rem 0 .4rem 1rem; margin: 1rem 0; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
"""


def render_page(report: "ValidationReport") -> None:
    """Write the page of a validation to ``report.page``, whole or not at all."""
    verdict = (
        '<span class="good">The lake keeps its contracts.</span>'
        if report.passed
        else f'<span class="bad">{len(report.failures)} expectation(s) failed.</span>'
    )
    data_docs = os.path.relpath(report.data_docs, report.page.parent)
    body = [
        "<h1>Validation of the lake</h1>",
        f'<p class="meta">{escape(report.lake_uri)} &middot; {report.validated_at:%Y-%m-%d %H:%M:%S} UTC &middot; '
        f'<a href="{escape(data_docs)}">Data Docs of Great Expectations</a></p>',
        f"<p><strong>{verdict}</strong></p>",
        _overview(report.suites),
        *(_suite(suite) for suite in report.suites),
    ]
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Validation of the lake</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )
    temporary = report.page.with_suffix(".tmp")
    temporary.write_text(page, encoding="utf-8")
    temporary.replace(report.page)


def _overview(suites: "Iterable[SuiteResult]") -> str:
    rows = [
        [
            f'<a href="#{escape(suite.table)}">{escape(suite.table)}</a>',
            str(suite.version),
            f"{suite.row_count:,}",
            str(len(suite.results)),
            str(len(suite.failures)),
            _verdict(suite.passed),
        ]
        for suite in suites
    ]
    return _table(["table", "version", "rows", "expectations", "failed", "verdict"], rows, numbers={1, 2, 3, 4})


def _suite(suite: "SuiteResult") -> str:
    all_rows = [
        [
            escape(one.expected),
            f"<code>{escape(one.expectation)}</code>",
            f"{one.unexpected_count:,}" if one.element_count else escape(one.observed),
            _verdict(one.passed),
        ]
        for one in suite.results
    ]
    expectations = _table(["expected", "expectation", "bad rows", "verdict"], all_rows, numbers={2})
    return (
        f'<h2 id="{escape(suite.table)}">{escape(suite.table)} &middot; {_verdict(suite.passed)}</h2>'
        + "".join(map(_failure, suite.failures))
        + f"<details><summary>All {len(suite.results)} expectations</summary>{expectations}</details>"
    )


def _failure(one: "Checked") -> str:
    parts = [f'<div class="failure"><h3>expected: {escape(one.expected)}</h3>']
    if one.bad_rows:
        shown = one.bad_rows[:_MAX_ROWS]
        more = f", the first {_MAX_ROWS} of them" if len(one.bad_rows) > _MAX_ROWS else ""
        parts.append(f"<p>{one.unexpected_count:,} of {one.element_count:,} rows break it{more}:</p>")
        parts.append(_table(list(shown[0]), [[escape(value) for value in row.values()] for row in shown]))
    else:
        parts.append(f"<p>got: {escape(one.observed or 'something else')}</p>")
    return "".join([*parts, "</div>"])


def _verdict(passed: bool) -> str:
    return '<span class="good">passed</span>' if passed else '<span class="bad">failed</span>'


def _table(heads: list[str], rows: list[list[str]], numbers: Collection[int] = ()) -> str:
    def line(tag: str, cells: Iterable[str]) -> str:
        kinds = (' class="number"' if position in numbers else "" for position in range(len(heads)))
        return f"<tr>{''.join(f'<{tag}{kind}>{cell}</{tag}>' for kind, cell in zip(kinds, cells, strict=True))}</tr>"

    head = line("th", map(escape, heads))
    body = "".join(line("td", row) for row in rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
