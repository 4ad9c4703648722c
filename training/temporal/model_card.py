"""The model card that is logged with each forecaster."""

from collections.abc import Mapping

from sparkwright.features.columns import REQUIREMENTS
from training.temporal.fit_need import FleetPrior
from training.temporal.train import Trained


def _need(need: FleetPrior) -> str:
    """Which prior goes with the forecaster, and why."""
    fitted = f"A prior was fitted on {need.workload_count} workloads by empirical Bayes. "
    if need.fitted_score is None or need.default_score is None:
        return f"{fitted}The default is used, because no unseen workload could tell which is better."
    return (
        f"{fitted}{'It' if need.is_fitted else 'The default'} is used: mean log likelihood of the runs of unseen "
        f"workloads {need.fitted_score:.4f} fitted, {need.default_score:.4f} default."
    )


def model_card(trained: Trained, origins: Mapping[str, int]) -> str:
    """The card in Markdown: what the forecaster predicts, what it was made from, how it did, and its limits.

    Args:
        trained: The forecaster and its split.
        origins: Number of runs by origin.
    """
    spec, split = trained.forecaster.spec, trained.split
    smallest, largest = (size / 1024**2 for size in spec.heap_support_bytes)
    came_from = ", ".join(f"{count} from `{origin}`" for origin, count in sorted(origins.items()))
    versions = ", ".join(f"`{table}` v{version}" for table, version in sorted(spec.table_versions.items()))
    measured = "\n".join(f"| {name} | {value:.4f} |" for name, value in sorted(trained.test_metrics.items()))
    groups = (spec.blend.warm_weights, spec.blend.told_weights, spec.blend.cold_weights)
    trust = "\n".join(
        f"| `{name}` | {' | '.join(' / '.join(f'{weight:.2f}' for weight in group[:2]) for group in weights)} "
        f"| {trained.worth[name].pinball:.4f} | {trained.worth[name].pinball_without:.4f} |"
        for name, *weights in zip(REQUIREMENTS, *groups, strict=True)
    )
    choosing = f"{len(split.stop)} + {len(split.cold_stop)} decided when to stop, {len(split.blend)} + "
    choosing += f"{len(split.cold_blend)} how far to trust each forecast"
    workloads = len(set(trained.index.workload_codes.tolist()))
    levels, requirements = ", ".join(map(str, spec.quantiles)), ", ".join(f"`{name}`" for name in REQUIREMENTS)
    return f"""# Forecaster

Forecasts the next run of a Spark workload for a candidate allocation: the quantiles {levels} of
{requirements}, and the probability that an executor runs out of heap.

## Made from
- {len(trained.index)} runs of {workloads} workloads ({came_from}); tables {versions}
- fitted on {len(split.train)} runs; {choosing} (the second number: runs of unseen workloads); calibrated on
  {len(split.calibrate)} + {len(split.cold_calibrate)}, tested on {len(split.test)} that started after
  {spec.trained_until:%Y-%m-%d %H:%M:%S} UTC
- workloads held out entirely: {", ".join(spec.held_out_workloads) or "none"}
- executor heaps seen: {smallest:.0f} to {largest:.0f} MiB; contract hash `{spec.contract_hash}`

## How it did on the test runs
| metric | value |
|---|---|
{measured}

Losses are those of the network alone, in units of the workload's usual spread. `sparkwright evaluate` scores the
forecaster as a whole, beside baselines.

## What is believed about memory need before a workload's first run
{_need(trained.need)}

## How far network / LightGBM are trusted
| requirement | workload with a history | input told | unseen workload | pinball | without the network |
|---|---|---|---|---|---|
{trust}

The remaining weight is on the last value and on the median of the past, each with the errors that it made on the
training runs (for unseen workloads: on what others were like). The losses are those of the blend on the calibration
runs, and of the blend that would be chosen without the network.

## How it works
One GRU over the last {spec.network_length} runs of a workload, and boosters over lags of the last
{spec.context_length}, hour, weekday and gap, shared by all workloads; none is known by name.
By construction, quantiles cannot cross, and neither spill nor the risk of dying can rise with memory. Memory need is
never observed: a run that died says "more than given", one that held "no more than given", and the network learns from
exactly that. A run that did not succeed teaches no duration. The quantiles are averaged with naive ones, with weights
chosen on separate runs; then split-conformal calibration adjusts the intervals. An input size in the request is
taken at face value.

## Limits
- For an unseen workload it knows only what others were like: the answer says `cold` and its intervals are wide.
- Coverage holds for runs like the calibration runs; jobs that change are covered less until it is trained again.
- How need depends on memory is hardly identified if a workload always had the same heap: below the smallest heap that
  held, P(out of memory) rests on other workloads and on a prior.
- It concerns only the executor's heap: container kills, driver memory, result size and broadcasts are other causes.
- Endless or shared applications (Thrift, Connect, notebooks, streaming) do not count as runs and are not forecast.
"""
