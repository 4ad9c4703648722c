"""Put a trained forecaster into MLflow: metrics, plots, model card, a registered version with signature and example."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

import sparkwright.registry
from sparkwright.allocation.need_prior import save_prior
from sparkwright.features.columns import COLUMNS, DECISION_COLUMNS
from sparkwright.features.windows import HistoryIndex
from sparkwright.registry import models
from training.temporal.figures import calibration_figure, duration_figure, risk_figure
from training.temporal.model_card import model_card
from training.temporal.train import Trained

if TYPE_CHECKING:
    from sparkwright.registry.tracking import TrainingRun

_MODEL_CODE = Path(sparkwright.registry.__file__).with_name("forecaster_model.py")
_EXAMPLE_RUNS = 4


def register(run: "TrainingRun", trained: Trained) -> str:
    """Log everything that explains the model to ``run``, register it and return the new version."""
    run.log_metrics(trained.test_metrics | trained.need.metrics | trained.input_worth.metrics)
    run.log_figure(calibration_figure(trained), "calibration.png")
    run.log_figure(duration_figure(trained), "forecast_vs_actual.png")
    run.log_figure(risk_figure(trained), "memory_risk.png")
    origins = Counter(trained.index.rows["origin"].to_pylist())
    run.log_text(model_card(trained, origins), "model_card.md")
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "forecaster"
        trained.forecaster.save(folder)
        save_prior(trained.need.prior, folder)
        return models.register_pyfunc(
            run.client,
            models.FORECASTER,
            run.run_id,
            folder,
            _MODEL_CODE,
            input_example(trained.index),
            {
                "contract_hash": trained.forecaster.contract_hash,
                "trained_run_count": str(origins.total() - origins["simulated"]),  # decides about the next training
                "trained_until": trained.forecaster.spec.trained_until.isoformat(),
            },
        )


def input_example(index: HistoryIndex) -> pd.DataFrame:
    """A few runs of one workload, and one more row to forecast: the last allocation again, nothing else known."""
    last = len(index) - 1
    first = max(last - _EXAMPLE_RUNS + 1, int((index.workload_codes < index.workload_codes[last]).sum()))
    rows = index.rows.slice(first, last - first + 1).select(list(COLUMNS)).to_pandas()
    for name in ("started_at", "ended_at"):
        rows[name] = rows[name].dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[ns]")
    known = ["workload_id", *DECISION_COLUMNS]
    candidate = rows.iloc[[-1]][known].assign(started_at=rows["ended_at"].max() + pd.Timedelta(minutes=1))
    example = pd.concat([rows, candidate], ignore_index=True).reindex(columns=list(COLUMNS))
    # Numbers may be missing in any row, and MLflow's signature accepts none of pandas' missing integers.
    numbers = example.select_dtypes("number").columns
    return example.astype(dict.fromkeys(numbers, "float64"))
