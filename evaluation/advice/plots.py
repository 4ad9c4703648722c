"""Plots of a replay, as data and as SVG coordinates: no script, no external resources."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

Scale = Literal["linear", "log"]
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 460, 320, 62, 40, 10, 14
PENALTY, BOUND = ", penalty ", ", bound "
"""In the name of a policy, followed by the penalty of a death that it was given."""
_COLOURS = 8
"""Classes ``c0`` to ``c7`` in the page's style."""


@dataclass(frozen=True, slots=True)
class Point:
    """One figure.

    Attributes:
        x: Horizontal position.
        y: Vertical position.
        label: Label shown at the point.
        low: Lower end of an interval of ``y``, or None.
        high: Upper end of an interval of ``y``, or None.
    """

    x: float
    y: float
    label: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """Points by series, on axes labelled with their units.

    Attributes:
        title: What it shows.
        x: Label of the x axis.
        y: Label of the y axis.
        series: Points by name.
        scale: Scale of both axes; on ``log``, values of 0 or less are drawn at the edge.
        x_percent: Whether x is a share.
        y_percent: Whether y is a share.
        diagonal: Whether to draw the line y = x: a claim that is kept.
        joined: Whether to join the points of a series, in order.
        level: Position of a horizontal line, or None.
    """

    title: str
    x: str
    y: str
    series: Mapping[str, Sequence[Point]]
    scale: Scale = "linear"
    x_percent: bool = True
    y_percent: bool = True
    diagonal: bool = False
    joined: bool = False
    level: float | None = None

    def drawn(self) -> dict[str, Any]:
        """Return everything that the page's SVG needs: ticks, points, lines and legend, in pixels."""
        points = [point for some in self.series.values() for point in some]
        bounds = [bound for point in points for bound in (point.low, point.high) if bound is not None]
        ys = [*(point.y for point in points), *bounds]
        xs = [point.x for point in points]
        if self.diagonal:
            xs = ys = [*xs, *ys]
        across = _Axis.over(xs, self.scale, LEFT, WIDTH - RIGHT)
        up = _Axis.over(ys, self.scale, HEIGHT - BOTTOM, TOP)
        x_text: Callable[[float], str] = _share if self.x_percent else _number
        y_text: Callable[[float], str] = _share if self.y_percent else _number
        return {
            "x_ticks": [(across.at(value), x_text(value)) for value in across.ticks()],
            "y_ticks": [(up.at(value), y_text(value)) for value in up.ticks()],
            "diagonal": [(across.at(value), up.at(value)) for value in (across.low, across.high)],
            "level": None if self.level is None else up.at(self.level),
            "series": [
                {
                    "name": name,
                    "number": number + 1,
                    "colour": number % _COLOURS,
                    "line": [(across.at(point.x), up.at(point.y)) for point in some] if self.joined else [],
                    "points": [
                        {
                            "x": across.at(point.x),
                            "y": up.at(point.y),
                            "label": f"{name} {point.label}: {x_text(point.x)}, {y_text(point.y)}",
                            "whisker": None
                            if point.low is None or point.high is None
                            else (up.at(point.low), up.at(point.high)),
                        }
                        for point in some
                    ],
                }
                for number, (name, some) in enumerate(self.series.items())
            ],
        }


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    scale: Scale
    first_px: float
    last_px: float

    @classmethod
    def over(cls, values: Sequence[float], scale: Scale, first_px: float, last_px: float) -> "_Axis":
        """Return an axis that covers all values, with a small margin."""
        if scale == "log":
            positive = [value for value in values if value > 0] or [1.0]
            low, high = min(positive) / 1.5, max(positive) * 1.5
        else:
            low, high = min(chain(values, [0.0])), max(chain(values, [0.0]))
            room = 0.05 * (high - low) or 1.0
            low, high = low - room * (low < 0), high + room * (high > 0 or low == high)
        return cls(low, high, scale, first_px, last_px)

    def at(self, value: float) -> float:
        """Return the pixel of a value; one beyond the axis is drawn at its edge."""
        value = min(max(value, self.low), self.high)
        if self.scale == "log":
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return round(self.first_px + part * (self.last_px - self.first_px), 1)

    def ticks(self) -> list[float]:
        """Return round values on the axis."""
        return [value for value in self._round() if self.low <= value <= self.high]

    def _round(self) -> Iterator[float]:
        if self.scale == "log":
            steps = (1, 2, 5) if self.high / self.low < 500 else (1,)
            for power in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
                yield from (step * 10.0**power for step in steps)
            return
        rough = (self.high - self.low) / 5
        unit = 10.0 ** math.floor(math.log10(rough))
        step = min((factor * unit for factor in (1, 2, 5, 10)), key=lambda one: abs(one - rough))
        yield from (number * step for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1))


def _share(value: float) -> str:
    return f"{value:.3%}" if 0 < abs(value) < 0.001 else f"{value:.1%}" if abs(value) < 0.1 else f"{value:.0%}"


def _number(value: float) -> str:
    return f"{value:,.3g}"


def reliability_plot(title: str, rows: Sequence[Mapping[str, Any]]) -> Plot:
    """Plot claimed against actual deaths, by bucket, from rows of :func:`evaluation.advice.claims.reliability`."""
    series: dict[str, list[Point]] = {}
    for row in rows:
        if row["bucket"] != "all" and not row["by_runs"] and row["mean_claim"]:
            died = row["death_interval"]
            label = f"{row['bucket']}, {row['decisions']:,} attempts"
            point = Point(row["mean_claim"], died.value, label, died.low, died.high)
            series.setdefault(row["policy"], []).append(point)
    return Plot(title, "claimed P(death)", "died", series, scale="log", diagonal=True, joined=True)


def tradeoff_plot(title: str, rows: Sequence[Mapping[str, Any]], saved: str, died: str, x: str, y: str) -> Plot:
    """Plot what each policy saves relative to the user against how often runs die; the user is at 0.

    Args:
        title: Of the plot.
        rows: Of a section, by policy.
        saved: Key of a relative change with its interval; None is the user's own.
        died: Key of a share or a number of deaths.
        x: Name of the axis.
        y: Name of the axis.
    """
    series = {
        row["policy"]: [Point(row[saved].value if row[saved] else 0.0, row[died])]
        for row in rows
        if not setting_of(row["policy"])[1]
    }
    return Plot(title, x, y, series, y_percent=died.endswith("share"))


def frontier_plot(title: str, rows: Sequence[Mapping[str, Any]], saved: str, died: str, x: str, y: str) -> Plot:
    """Plot the same for one policy under several penalties or bounds, whose rows are named ``..., penalty 3``."""
    series: dict[str, list[Point]] = {}
    for row in rows:
        name, setting = setting_of(row["policy"])
        if setting and row[saved]:
            line = name if setting.startswith("penalty") else f"{name}, by bound"
            series.setdefault(line, []).append(Point(row[saved].value, row[died], setting))
    return Plot(title, x, y, series, y_percent=died.endswith("share"), joined=True)


def setting_of(policy: str) -> tuple[str, str]:
    """Split a policy's name into the name proper and the setting it is replayed under; empty if there is none."""
    for setting in (PENALTY, BOUND):
        name, named, value = policy.partition(setting)
        if named:
            return name, f"{setting.strip(', ')} {value}"
    return policy, ""
