"""Score the forecaster on unseen runs, one step ahead, next to forecasts that need no training.

Every run is forecast from the runs of its workload that had ended before it started, for the allocation it was actually
given. Scores are on the logarithmic scale of ``requirement_logs``, so 0.1 is about 10%.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rich.table import Table

from evaluation.baselines import NAIVE, baselines
from evaluation.metrics import (
    brier_score,
    coverage_ratio,
    interval_width,
    log_loss,
    pinball_loss,
    pinball_losses,
    worse_p_value,
)
from sparkwright.errors import SparkwrightError
from sparkwright.features.columns import REQUIREMENTS
from sparkwright.features.windows import HEAP_OOM, UNKNOWN, HistoryIndex, Integers, requirement_logs
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.forecast.replay import Replay, evenly

Doubles = npt.NDArray[np.float64]

FORECASTER = "forecaster"
TOLD = ", input told"
"""Suffix of a model queried as if the request had stated the input size."""
ALL, COLD = "all", "unseen workload"
_INPUT = REQUIREMENTS.index("input_bytes")
_MAX_EARLIER = 50_000


@dataclass(frozen=True, slots=True)
class RequirementScore:
    """One forecast of one requirement on one group of runs."""

    model: str
    group: str
    requirement: str
    run_count: int
    pinball: float
    coverage_ratio: float
    width: float


@dataclass(frozen=True, slots=True)
class MemoryScore:
    """One forecast of deaths by memory on one group of runs."""

    model: str
    group: str
    run_count: int
    death_count: int
    log_loss: float
    brier: float


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """Scores by model and group; ``metrics`` holds those used to compare MLflow runs.

    Attributes:
        score_from: Only runs that started at this moment or later are scored.
        requirements: Scores of quantile forecasts.
        memory: Scores of P(out of memory).
        metrics: ``run_count``; ``pinball`` (mean over requirements and quantiles), ``naive_pinball`` (the best
            baseline's), ``naive_p_value`` (of being worse than that baseline), ``coverage_ratio`` (durations in
            p10-p90, nominal 0.8), ``width``; ``oom_*``; ``cold_*``; ``pinball.<requirement>``,
            ``coverage_ratio.<requirement>``, and ``told_pinball.<requirement>`` with the input told.
    """

    score_from: datetime
    requirements: tuple[RequirementScore, ...]
    memory: tuple[MemoryScore, ...]
    metrics: dict[str, float]


def backtest(forecaster: Forecaster, runs: pa.Table, score_from: datetime | None = None) -> BacktestReport:
    """Score ``forecaster`` on the runs that started at ``score_from`` or later.

    Args:
        forecaster: The model.
        runs: Rows of ``runs``; older ones are the past that forecasts and baselines are based on.
        score_from: Default: the moment up to which the forecaster saw runs. To compare two forecasters, use the later.

    Raises:
        SparkwrightError: No run is left to score.
    """
    score_from = score_from or forecaster.spec.trained_until
    index = HistoryIndex(runs)
    replay = Replay(index, forecaster.context_length)
    cut_us = round(score_from.timestamp() * 1e6)
    teaches = ~np.isnan(index.arrays.requirement).all(axis=1) | (index.arrays.memory != UNKNOWN)
    names = index.rows["workload_id"].to_numpy(zero_copy_only=False)
    apart = np.isin(names, forecaster.spec.held_out_workloads)
    scored = np.flatnonzero(teaches & (index.started_us >= cut_us))
    if not len(scored):
        raise SparkwrightError(
            f"expected runs that started after {score_from:%Y-%m-%d %H:%M:%S} UTC, up to which the forecaster was "
            "trained; got none; harvest newer runs first"
        )
    earlier = np.flatnonzero((index.ended_us < cut_us) & ~apart)
    warm, cold = scored[~apart[scored]], scored[apart[scored]]
    parts = {ALL: _Part(forecaster, replay, warm, earlier, cold=False)}
    if len(cold):
        # Without a past, as if the workloads had never run.
        parts[COLD] = _Part(forecaster, replay, cold, earlier, cold=True)
    requirement_scores, memory_scores = [], []
    for group, part in parts.items():
        requirement_scores += part.requirement_scores(group, np.ones(len(part.positions), dtype=bool))
        memory_scores += part.memory_scores(group, np.ones(len(part.positions), dtype=bool))
    for column in ("origin", "evidence_tier"):
        if column in index.rows.column_names:
            values = index.rows[column].to_numpy(zero_copy_only=False)[warm]
            for value in sorted(set(values)):
                requirement_scores += parts[ALL].requirement_scores(f"{column} {value}", values == value)
                memory_scores += parts[ALL].memory_scores(f"{column} {value}", values == value)
    return BacktestReport(
        score_from.astimezone(UTC),
        tuple(requirement_scores),
        tuple(memory_scores),
        _metrics(requirement_scores, memory_scores, parts[ALL].run_losses()),
    )


class _Part:
    """Forecasts of all models for the runs at ``positions``, each with its past or, if ``cold``, without."""

    def __init__(
        self, forecaster: Forecaster, replay: Replay, positions: Integers, earlier: Integers, *, cold: bool
    ) -> None:
        self.positions, self._levels = positions, forecaster.quantiles
        learned: dict[str, list[Doubles]] = {}
        pasts, actual, risk = [], [], []
        for told in (False, True):
            for asked in replay.in_order(positions, told_input=told, cold=cold):
                forecasts = forecaster.predict(asked.history, asked.candidates)
                members = forecaster.members(asked.history, asked.candidates)
                for name, quantiles in {FORECASTER: _logs(forecasts.quantiles), **members}.items():
                    if told:
                        # There was none to forecast.
                        quantiles[:, :, _INPUT] = np.nan
                    learned.setdefault(name + TOLD * told, []).append(quantiles[:, 0])
                if not told:
                    pasts.append(asked.history.requirement.astype(np.float64))
                    actual.append(asked.actual.astype(np.float64))
                    risk.append(forecasts.oom_probability[:, 0])
        before = list(replay.in_order(evenly(earlier, _MAX_EARLIER)))
        before_past = np.concatenate([asked.history.requirement for asked in before]).astype(np.float64)
        before_actual = np.concatenate([asked.actual for asked in before]).astype(np.float64)
        self._actual = np.concatenate(actual)
        self._quantiles: dict[str, Doubles] = {
            **{name: np.concatenate(quantiles) for name, quantiles in learned.items()},
            **baselines(np.concatenate(pasts), before_past, before_actual, self._levels),
        }
        verdicts = replay.index.arrays.memory
        self._judged = verdicts[positions] != UNKNOWN
        self._died = (verdicts[positions] == HEAP_OOM).astype(np.float64)
        judged_before = earlier[verdicts[earlier] != UNKNOWN]
        base = float((verdicts[judged_before] == HEAP_OOM).sum() + 1) / (len(judged_before) + 2)
        self._risk = {
            FORECASTER: np.concatenate(risk),
            "share of deaths so far": np.full(len(positions), base),
        }

    def requirement_scores(self, group: str, chosen: npt.NDArray[np.bool_]) -> list[RequirementScore]:
        low, high = self._levels.index(0.1), self._levels.index(0.9)
        scores = []
        for model, quantiles in self._quantiles.items():
            for position, requirement in enumerate(REQUIREMENTS):
                forecast = quantiles[chosen, position]
                actual = np.where(np.isnan(forecast).any(axis=1), np.nan, self._actual[chosen, position])
                scores.append(
                    RequirementScore(
                        model,
                        group,
                        requirement,
                        int((~np.isnan(actual)).sum()),
                        pinball_loss(actual, forecast, self._levels),
                        coverage_ratio(actual, forecast[:, low], forecast[:, high]),
                        interval_width(actual, forecast[:, low], forecast[:, high]),
                    )
                )
        return scores

    def run_losses(self) -> dict[str, Doubles]:
        """Return each run's pinball loss ``[N]`` by model, averaged over known requirements; NaN if none is known."""
        means = {}
        for model, quantiles in self._quantiles.items():
            if model not in {FORECASTER, *NAIVE}:
                continue
            losses = np.stack(
                [
                    pinball_losses(self._actual[:, position], quantiles[:, position], self._levels)
                    for position in range(len(REQUIREMENTS))
                ]
            )
            known_count = (~np.isnan(losses)).sum(axis=0)
            means[model] = np.where(known_count > 0, np.nansum(losses, axis=0) / known_count.clip(min=1), np.nan)
        return means

    def memory_scores(self, group: str, chosen: npt.NDArray[np.bool_]) -> list[MemoryScore]:
        rows = chosen & self._judged
        died = self._died[rows]
        return [
            MemoryScore(
                model,
                group,
                int(rows.sum()),
                int(died.sum()),
                log_loss(died, risk[rows]),
                brier_score(died, risk[rows]),
            )
            for model, risk in self._risk.items()
        ]


def _logs(quantiles: Doubles) -> Doubles:
    """Convert quantiles ``[N, R, Q]`` from their own units to the scale of ``requirement_logs``."""
    return np.moveaxis(requirement_logs(np.moveaxis(quantiles, -1, 0)), 0, -1)


def _metrics(
    requirements: list[RequirementScore], memory: list[MemoryScore], losses: Mapping[str, Doubles]
) -> dict[str, float]:
    def mean(model: str, group: str, name: str) -> float:
        values = [float(getattr(s, name)) for s in requirements if (s.model, s.group) == (model, group)]
        return float(np.mean(values)) if values else float("nan")

    own = {s.requirement: s for s in requirements if (s.model, s.group) == (FORECASTER, ALL)}
    told = {s.requirement: s for s in requirements if (s.model, s.group) == (FORECASTER + TOLD, ALL)}
    best_naive = min(NAIVE, key=lambda model: mean(model, ALL, "pinball"))
    deaths = {(s.model, s.group): s for s in memory}
    metrics = {
        "run_count": float(own["duration_ms"].run_count),
        "pinball": mean(FORECASTER, ALL, "pinball"),
        "naive_pinball": mean(best_naive, ALL, "pinball"),
        "naive_p_value": worse_p_value(losses[FORECASTER], losses[best_naive]),
        "coverage_ratio": own["duration_ms"].coverage_ratio,
        "width": own["duration_ms"].width,
        "cold_pinball": mean(FORECASTER, COLD, "pinball"),
        "cold_naive_pinball": min(mean(model, COLD, "pinball") for model in NAIVE),
        "oom_run_count": float(deaths[FORECASTER, ALL].run_count),
        "oom_log_loss": deaths[FORECASTER, ALL].log_loss,
        "oom_brier": deaths[FORECASTER, ALL].brier,
        "oom_naive_log_loss": deaths["share of deaths so far", ALL].log_loss,
    }
    for name, score in own.items():
        metrics |= {f"pinball.{name}": score.pinball, f"coverage_ratio.{name}": score.coverage_ratio}
        metrics |= {f"told_pinball.{name}": told[name].pinball}
    return {name: value for name, value in metrics.items() if not np.isnan(value)}


def tables(reports: Mapping[str, BacktestReport]) -> list[Table]:
    """Return tables: requirements over all runs, coverage by group, deaths of memory; one set of columns per report."""
    by_requirement = Table(title="Pinball loss (logarithmic; less is better), and share of p10-p90 (nominal 0.80)")
    by_group = Table(title="Durations by group: coverage of p10-p90 (nominal 0.80) and width of the interval")
    by_memory = Table(title="P(out of memory)")
    for table, names in (
        (by_requirement, ("release", "forecast", "runs", *REQUIREMENTS, "mean")),
        (by_group, ("release", "forecast", "group", "runs", "pinball", "coverage", "width")),
        (by_memory, ("release", "forecast", "group", "runs", "deaths", "log loss", "Brier")),
    ):
        for name in names:
            table.add_column(name, justify="left" if name in {"release", "forecast", "group"} else "right")
    for release, report in reports.items():
        for model in dict.fromkeys(score.model for score in report.requirements):
            row = [score for score in report.requirements if (score.model, score.group) == (model, ALL)]
            cells = [_cell(score) for score in row]
            by_requirement.add_row(release, model, str(row[0].run_count), *cells, _mean_cell(row))
        for score in report.requirements:
            if score.requirement == "duration_ms" and (score.model == FORECASTER or score.group in {ALL, COLD}):
                figures = [f"{value:.3f}" for value in (score.pinball, score.coverage_ratio, score.width)]
                by_group.add_row(release, score.model, score.group, str(score.run_count), *figures)
        for deaths in report.memory:
            figures = [f"{value:.4f}" for value in (deaths.log_loss, deaths.brier)]
            counts = [str(deaths.run_count), str(deaths.death_count)]
            by_memory.add_row(release, deaths.model, deaths.group, *counts, *figures)
    return [by_requirement, by_group, by_memory]


def _cell(score: RequirementScore) -> str:
    return f"{score.pinball:.4f} {score.coverage_ratio:.0%}" if score.run_count else "-"


def _mean_cell(row: list[RequirementScore]) -> str:
    losses = [score.pinball for score in row]
    return "-" if np.isnan(losses).any() else f"{float(np.mean(losses)):.3f}"
