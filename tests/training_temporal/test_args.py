from pathlib import Path

import mlflow
import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from rich.console import Console

from data_contracts.tables import Run
from sparkwright.allocation.need_prior import PRIOR_FILE
from sparkwright.cli import CHECK_FAILED, DONE, USAGE_ERROR, main
from sparkwright.config import load_config
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.lake import Lake
from sparkwright.registry import models, releases, tracking
from sparkwright.spark.allocation import Allocation
from tests.support.simulated_runs import as_table, simulated_run, simulated_runs
from training.temporal.args import _CONFIG, _checked_runs
from training.temporal.config import TemporalConfig
from training.temporal.register import input_example

QUICK = ["train", "--set", "origins=[simulated]", "--set", "epochs=2", "--set", "hidden_size=16"]


def test_a_training_ends_as_a_registered_model_that_answers_as_the_forecaster_does(home, capsys):
    lake = Lake(home.lake_uri)
    lake.merge(Run, simulated_runs(workload_count=8, runs_each=12))
    assert main(QUICK) == DONE
    last_line = capsys.readouterr().out.splitlines()[-1]

    client = tracking.connect(home)
    release = releases.by_alias(client, "challenger")
    assert last_line.split()[-1] == release.version
    version = client.get_model_version(models.FORECASTER, release.forecaster_version)
    run = client.get_run(version.run_id)
    assert run.data.params["hidden_size"] == "16"
    assert run.inputs.dataset_inputs[0].dataset.name == "runs"
    assert len(client.get_metric_history(version.run_id, "train_loss")) == 2
    assert {item.path for item in client.list_artifacts(version.run_id)} >= {
        "calibration.png",
        "forecast_vs_actual.png",
        "memory_risk.png",
        "model_card.md",
    }
    assert client.get_metric_history(version.run_id, "need_prior_level")
    assert (models.download(client, models.FORECASTER, release.forecaster_version) / PRIOR_FILE).exists()
    assert version.tags["trained_run_count"] == "0"  # real ones: what was simulated does not put off a training

    forecaster = Forecaster.load(models.download(client, models.FORECASTER, release.forecaster_version))
    index = HistoryIndex(lake.read(Run))
    example = input_example(index)
    wrapped = mlflow.pyfunc.load_model(f"models:/{models.FORECASTER}/{release.forecaster_version}")
    answer = wrapped.predict(example)
    assert wrapped.metadata.signature is not None
    asked = example.iloc[-1]
    candidate = Allocation(**{name: asked[name] for name in Allocation.__dataclass_fields__})
    shown = HistoryIndex(index.rows.slice(len(index) - len(example) + 1))
    history = shown.history(
        asked["workload_id"], asked["started_at"].tz_localize("UTC").to_pydatetime(), forecaster.context_length
    )
    own = forecaster.forecast(history, [candidate])
    assert len(answer) == 1
    assert answer["duration_ms_p50"][0] == pytest.approx(own.quantiles[0, 0, 0, 2])
    assert answer["oom_probability"][0] == pytest.approx(own.oom_probability[0, 0])
    assert np.isfinite(answer.to_numpy()).all()
    example.loc[example.index[-1], "input_bytes"] = 3e9
    told = wrapped.predict(example)
    assert told["input_bytes_p10"][0] == told["input_bytes_p90"][0] == pytest.approx(3e9, rel=1e-4)


def test_too_few_runs_are_wrong_use_with_the_number_that_is_needed(home, capsys):
    Lake(home.lake_uri).merge(Run, [simulated_run("w", number) for number in range(5)])
    assert main(QUICK) == USAGE_ERROR
    assert "at least 40 runs" in capsys.readouterr().err


def test_an_empty_lake_names_the_command_that_fills_it(home, capsys):
    assert main(QUICK) == USAGE_ERROR
    assert "sparkwright harvest" in capsys.readouterr().err


def test_runs_that_break_their_contract_stop_the_training(home, capsys):
    good = simulated_runs(workload_count=4, runs_each=12)
    broken = [run.model_copy(update={"executor_cores_count": -4}) for run in good[:12]]
    Lake(home.lake_uri).merge(Run, [*broken, *good[12:]])
    assert main(QUICK) == CHECK_FAILED
    assert "nothing was trained" in capsys.readouterr().err


def test_few_runs_that_break_their_contract_are_left_out_and_the_lake_is_only_read(home, capsys):
    lake = Lake(home.lake_uri)
    lake.merge(Run, simulated_runs(workload_count=8, runs_each=12))
    runs = lake.read(Run)
    broken = pa.array([-1, *runs["executor_memory_bytes"].to_pylist()[1:]])
    column = runs.column_names.index("executor_memory_bytes")
    write_deltalake(f"{lake.uri}/runs", runs.set_column(column, "executor_memory_bytes", broken), mode="overwrite")
    before = {path: path.stat().st_mtime_ns for path in Path(lake.uri).rglob("*")}
    assert main(QUICK) == DONE
    assert {path: path.stat().st_mtime_ns for path in Path(lake.uri).rglob("*")} == before
    assert "1 run(s) break their contract" in capsys.readouterr().err
    config = load_config(TemporalConfig, _CONFIG, ["origins=[simulated]"])
    learned, version = _checked_runs(lake, config, Console(stderr=True))
    assert version == lake.version(Run)
    assert learned.num_rows == runs.num_rows - 1
    assert min(learned["executor_memory_bytes"].to_pylist()) > 0


def test_history_of_the_input_example_has_the_columns_of_the_contract():
    example = input_example(HistoryIndex(as_table([simulated_run("w", 0), simulated_run("w", 1)])))
    assert example["ended_at"].isna().tolist() == [False, False, True]
    assert example["duration_ms"].isna().tolist() == [False, False, True]
