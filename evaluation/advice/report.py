"""The results of a replay of policies, as tables for people and as JSON."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from evaluation.advice.bootstrap import Difference
from evaluation.advice.plots import Plot
from sparkwright.errors import ConfigError, reason

Format = Callable[[Any], str]


def text(value: Any) -> str:
    """Format as is; a count with separators."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def decimals(count: int) -> Format:
    """Return a formatter with this many decimals."""
    return lambda value: f"{value:,.{count}f}"


def percent(value: float) -> str:
    """Format a share with two decimals, because what matters is below 1%."""
    return f"{value:.2%}"


def signed_percent(value: float) -> str:
    """Format a relative change."""
    return f"{value:+.1%}"


def change(value: Difference) -> str:
    """Format a relative change or a difference of shares, with its 95% interval."""
    return value.as_percent()


def difference(value: Difference) -> str:
    """Format a difference of numbers, with its 95% interval."""
    return f"{value.value:+.2f} ({value.low:+.2f}, {value.high:+.2f})"


def ratio(value: Difference) -> str:
    """Format a ratio, with its 95% interval."""
    return f"{value.value:.2f} ({value.low:.2f}, {value.high:.2f})"


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of every row, or several that share a cell.

    Attributes:
        key: Its name in the JSON, with its unit; several names if figures share a cell.
        title: Its name in the table.
        shown: Formats it for people.
    """

    key: str | tuple[str, ...]
    title: str
    shown: Format = text

    def cell(self, row: Mapping[str, Any]) -> str:
        """Return the text of the row's cell; a dash for a figure that does not apply."""
        keys = (self.key,) if isinstance(self.key, str) else self.key
        return " / ".join("-" if row[key] is None else self.shown(row[key]) for key in keys)


_NAMING = ("where", "bar", "policy", "bucket", "run")
"""Keys that tell the rows of a section apart."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table; a figure that does not apply to a row is None."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]

    def table(self) -> Table:
        """Return the table for people."""
        table = Table(*(column.title for column in self.columns), title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*(column.cell(row) for column in self.columns))
        return table


@dataclass(frozen=True, slots=True)
class Report:
    """All results of a replay.

    Attributes:
        environment: Environment of the policies.
        settings: Settings of the replay.
        sections: The tables.
        notes: What a reader must know besides.
        title: Title of the page.
        plots: Plots of the page; their figures are those of the tables.
    """

    environment: str
    settings: Mapping[str, Any]
    sections: Sequence[Section]
    notes: Sequence[str] = ()
    plots: Sequence[Plot] = ()
    title: str = "Advice replayed"

    def figures(self) -> Iterator[tuple[str, float]]:
        """Yield every number by section, row and name, for a tracking server; intervals by their ends."""
        for number, section in enumerate(self.sections):
            for row in section.rows:
                named = ".".join(row[key] for key in _NAMING if key in row)
                for key in row.keys() - {*_NAMING}:
                    yield from ((f"{number}.{named}.{key}{end}", value) for end, value in _numbers(row[key]))

    def write(self, file: Path) -> None:
        """Write as JSON.

        Raises:
            ConfigError: The file cannot be written.
        """
        content = {
            "environment": self.environment,
            "settings": self.settings,
            "sections": [{"title": section.title, "rows": section.rows} for section in self.sections],
            "notes": self.notes,
        }
        try:
            file.write_text(json.dumps(_plain(content), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"expected to write {file}: {reason(error)}") from error


def _numbers(value: Any) -> Iterator[tuple[str, float]]:
    """Yield the numbers in a figure, each with the suffix of its name."""
    if isinstance(value, Difference):
        yield from (("", value.value), (".low", value.low), (".high", value.high))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield "", float(value)
    elif isinstance(value, list | tuple):
        for at, one in enumerate(value):
            yield from ((f".{at}{end}", number) for end, number in _numbers(one))
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from ((f".{name}{end}", number) for end, number in _numbers(one))


def _plain(value: Any) -> Any:
    """Convert to JSON values; NaN and infinities, from divisions by nothing, become null."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
