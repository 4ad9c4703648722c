"""MLflow tracking: a client on the configured store, and runs that record what data they read.

Only this package imports ``mlflow`` (besides Lightning's own logger), and only inside functions: the import takes
seconds, and ``--help`` must not pay for it.
"""

import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkwright.environment import defaults_under
from sparkwright.registry.moved_home import follow_home
from sparkwright.registry.reach import refuse_unreachable
from sparkwright.settings import Settings, settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient as MlflowClient  # serving names it from here


def prepare(where: Settings) -> None:
    """Prepare the environment before MLflow is imported, wherever in this process that happens.

    Loading a pickle runs whatever code its writer put there, so MLflow is told to refuse them.

    Raises:
        RegistryError: The registry cannot be reached, or was copied with its home and its paths cannot be rewritten.
        ConfigError: The registry lies in the home, which cannot be created.
    """
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    # A server that goes away midway is retried for a quarter of a minute, not for four.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    refuse_unreachable(where)
    if where.tracking_uri == defaults_under(where.home)["tracking_uri"]:
        where.make_home()  # MLflow creates its database there, but no folder
    follow_home(where)


def connect(where: Settings) -> "MlflowClient":
    """Return a client on ``where.tracking_uri``, also set as this process's default for the fluent API.

    Raises:
        RegistryError: As :func:`prepare`.
        ConfigError: As :func:`prepare`.
    """
    prepare(where)
    import mlflow

    logging.getLogger("alembic").setLevel(logging.WARNING)

    mlflow.set_tracking_uri(where.tracking_uri)
    mlflow.set_registry_uri(where.tracking_uri)
    return mlflow.MlflowClient()


@contextmanager
def first_use(where: Settings) -> Iterator[None]:
    """Keep other processes out while the registry's database may be created: MLflow's migrations take no lock."""
    with (where.make_home() / ".mlflow.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def experiment_id(client: "MlflowClient", name: str) -> str:
    """Return the id of an experiment, created on first use with its artefacts under the configured root.

    MLflow's own default is ``./mlruns`` in the working directory, which differs for every caller.
    """
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name, artifact_location=f"{settings().artifact_root}/{name}"))
        except MlflowException:  # another process made it between the two calls
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    return str(found.experiment_id)


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One run in progress."""

    client: "MlflowClient"
    run_id: str

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log metrics, all with one timestamp; ``step`` is the epoch or batch they belong to."""
        from mlflow.entities import Metric

        now_ms = int(time.time() * 1000)
        entries = [Metric(name, float(value), now_ms, step or 0) for name, value in metrics.items()]
        self.client.log_batch(self.run_id, metrics=entries, synchronous=True)

    def log_figure(self, figure: "Figure", name: str) -> None:
        """Log a plot under ``name`` (``*.png``)."""
        self.client.log_figure(self.run_id, figure, name)

    def log_text(self, text: str, name: str) -> None:
        """Log a text artefact under ``name``."""
        self.client.log_text(self.run_id, text, name)


@contextmanager
def training_run(
    client: "MlflowClient", experiment: str, params: Mapping[str, object], tables: Mapping[str, int]
) -> Iterator[TrainingRun]:
    """Open a run that ends FINISHED, FAILED or KILLED with its block.

    Args:
        client: From :func:`connect`.
        experiment: Name of the experiment; runs of one experiment can be compared side by side.
        params: The parameters of the run.
        tables: Table names and the Delta versions that were read, logged as the run's dataset inputs.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag, Param

    run_id = client.create_run(experiment_id(client, experiment)).info.run_id
    run = TrainingRun(client, run_id)
    client.log_batch(run_id, params=[Param(name, str(value)) for name, value in params.items()], synchronous=True)
    lake_uri = settings().lake_uri
    datasets = [
        DatasetInput(
            Dataset(
                name=table,
                digest=f"v{version}",
                source_type="delta_table",
                source=json.dumps({"path": f"{lake_uri}/{table}", "delta_table_version": version}),
            ),
            [InputTag("mlflow.data.context", "training")],
        )
        for table, version in tables.items()
    ]
    if datasets:
        client.log_inputs(run_id, datasets)
    for table, version in tables.items():
        client.set_tag(run_id, f"delta_version.{table}", version)
    try:
        yield run
    except KeyboardInterrupt:
        client.set_terminated(run_id, "KILLED")
        raise
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id)
