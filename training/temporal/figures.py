"""Plots that show a forecaster on its test runs."""

from datetime import UTC, datetime
from statistics import NormalDist

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from data_contracts.properties.spark import MIB
from sparkwright.features.columns import ALLOCATION_FEATURES, REQUIREMENTS
from sparkwright.features.windows import ENOUGH, HEAP_OOM, Integers
from sparkwright.forecast.forecaster import Doubles
from sparkwright.forecast.replay import Replay, evenly
from training.temporal.train import Trained

matplotlib.use("Agg")

_HEAP = ALLOCATION_FEATURES.index("executor_memory_bytes")
_CURVES = 8
_MAX_RUNS = 4000
_FOUR_OF_FIVE = NormalDist().inv_cdf(0.9)
_INK, _GOOD, _BAD = "#1f4e79", "#2a9d8f", "#c1121f"


def _test_quantiles(trained: Trained) -> tuple[Integers, Doubles]:
    """Some of the test runs and their quantiles ``[N, R, Q]``; more would look the same."""
    test = evenly(trained.split.test, _MAX_RUNS)
    replay = Replay(trained.index, trained.forecaster.context_length)
    forecasts = (trained.forecaster.predict(asked.history, asked.candidates) for asked in replay.in_order(test))
    return test, np.concatenate([forecast.quantiles[:, 0] for forecast in forecasts])


def calibration_figure(trained: Trained) -> Figure:
    """Share of test runs below each quantile against the quantile's level; calibrated forecasts lie on the diagonal."""
    test, quantiles = _test_quantiles(trained)
    rows = trained.index.rows.take(test)
    levels = np.asarray(trained.forecaster.quantiles)
    known = ~np.isnan(trained.index.arrays.requirement[test])
    figure = Figure(figsize=(5.5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", linewidth=1, label="calibrated")
    run_count = int(known.sum(axis=0).max())
    if run_count:
        every = np.linspace(0, 1, 101)
        chance = _FOUR_OF_FIVE * np.sqrt(every * (1 - every) / run_count)
        band = (np.clip(every - chance, 0, 1), np.clip(every + chance, 0, 1))
        axes.fill_between(every, *band, color="0.92", label=f"calibrated, 4 of 5 times with {run_count} runs")
    for position, name in enumerate(REQUIREMENTS):
        chosen = known[:, position]
        if not chosen.any():
            continue
        actual, forecast = rows[name].to_numpy()[chosen, None], quantiles[chosen, position]
        # An exact hit (no spill, as forecast) counts as its level: it is neither above nor below.
        below = (actual < forecast).mean(axis=0) + levels * (actual == forecast).mean(axis=0)
        axes.plot(levels, below, marker="o", markersize=4, label=f"{name} ({int(chosen.sum())})")
    axes.set(
        xlabel="quantile level",
        ylabel="share of test runs below it",
        xlim=(0, 1),
        ylim=(-0.02, 1.02),
        title=f"Calibration on {len(test)} test runs (in brackets: those that succeeded)",
    )
    axes.title.set_fontsize(10)
    axes.legend(fontsize=7, loc="upper left")
    return figure


def duration_figure(trained: Trained) -> Figure:
    """Forecast against actual duration of the test runs that succeeded, with p10 to p90."""
    test, quantiles = _test_quantiles(trained)
    known = ~np.isnan(trained.index.arrays.requirement[test][:, 0])
    quantiles = quantiles[known, 0] / 1000
    actual = trained.index.rows["duration_ms"].to_numpy()[test][known] / 1000
    levels = trained.forecaster.quantiles
    low, median, high = (quantiles[:, levels.index(level)] for level in (0.1, 0.5, 0.9))
    inside = (low <= actual) & (actual <= high)
    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    for chosen, colour, label in ((inside, _GOOD, "inside p10-p90"), (~inside, _BAD, "outside")):
        axes.errorbar(
            actual[chosen],
            median[chosen],
            yerr=[(median - low)[chosen], (high - median)[chosen]],
            fmt="o",
            markersize=4,
            linewidth=0.8,
            color=colour,
            label=f"{label} ({int(chosen.sum())})",
        )
    if len(actual):
        ends = [min(actual.min(), low.min()), max(actual.max(), high.max())]
        ends = [ends[0] / 1.1, ends[1] * 1.1]
        axes.plot(ends, ends, color="0.7", linestyle="--", linewidth=1)
        axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5) if ends[1] > 20 * ends[0] else (1, 1.5, 2, 3, 5, 7)))
            axis.set_major_formatter(FormatStrFormatter("%g"))
            axis.set_minor_formatter(NullFormatter())
    axes.set(xlabel="actual duration (s)", ylabel="forecast duration (s)", title="Forecast against actual, test runs")
    axes.legend(fontsize=8, loc="upper left")
    return figure


def risk_figure(trained: Trained) -> Figure:
    """P(out of memory) by executor heap for the workloads with the most deaths, with the heaps that held and died."""
    index, length = trained.index, trained.forecaster.context_length
    memory, codes = index.arrays.memory, index.workload_codes
    deaths = np.bincount(codes, memory == HEAP_OOM)
    chosen = sorted(range(len(deaths)), key=lambda code: (-deaths[code], code))[:_CURVES]
    columns = min(4, len(chosen))
    figure = Figure(figsize=(3.2 * columns, 2.6 * -(-len(chosen) // columns)), layout="constrained")
    grid = np.atleast_1d(figure.subplots(-(-len(chosen) // columns), columns, sharey=True)).ravel()
    for axes in grid[len(chosen) :]:
        axes.set_visible(False)
    for axes, code in zip(grid, chosen, strict=False):
        rows = np.flatnonzero(codes == code)
        heaps = np.expm1(index.arrays.allocation[rows, _HEAP].astype(np.float64)) / MIB
        curve = np.geomspace(heaps.min() / 4, heaps.max() * 4, 60)
        candidates = np.repeat(index.arrays.allocation[rows[-1]][None], len(curve), axis=0)
        candidates[:, _HEAP] = np.log1p(curve * MIB)
        after = datetime.fromtimestamp((index.ended_us[rows[-1]] + 1) / 1e6, UTC)
        history = index.history(str(index.rows["workload_id"][int(rows[0])]), after, length)
        risk = trained.forecaster.predict(history, candidates[None]).oom_probability[0]
        axes.plot(curve, risk, color=_INK)
        held, died = heaps[memory[rows] == ENOUGH], heaps[memory[rows] == HEAP_OOM]
        axes.plot(held, np.zeros_like(held), "o", color=_GOOD, markersize=5, label=f"held ({len(held)})")
        axes.plot(died, np.ones_like(died), "X", color=_BAD, markersize=6, label=f"died ({len(died)})")
        axes.set_xscale("log", base=2)
        axes.set_ylim(-0.08, 1.08)
        axes.xaxis.set_major_formatter(FormatStrFormatter("%d"))
        axes.set_title(str(index.rows["workload_id"][int(rows[0])])[-32:], fontsize=8)
        axes.tick_params(labelsize=7)
        axes.legend(fontsize=7, loc="upper right")
    figure.supxlabel("executor heap (MiB); the curve is for the next run, all else as in the last run", fontsize=9)
    figure.supylabel("P(out of memory)", fontsize=9)
    return figure
