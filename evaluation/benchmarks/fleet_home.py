"""An installation for benchmarks: the runs of the simulated fleet in its lake, and a forecaster trained on them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from data_contracts.tables import Run
from sparkwright.lake import Lake
from sparkwright.settings import Settings, settings

_ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def fleet_home(home: Path | None, *, trained: bool) -> Iterator[Settings]:
    """The settings of the installation at ``home``, which become this process's; what it lacks is made.

    Its forecaster is version 1 and learned for one epoch: another one is as fast.

    Args:
        home: A folder to keep; None for one that goes afterwards.
        trained: Whether a forecaster is wanted.
    """
    with TemporaryDirectory(prefix="sparkwright-benchmark-") as name:
        for variable in [variable for variable in os.environ if variable.startswith("SPARKWRIGHT_")]:
            del os.environ[variable]
        os.environ["SPARKWRIGHT_HOME"] = str((home or Path(name)).resolve())
        settings.cache_clear()
        where = settings()
        if not Lake(where.lake_uri).exists(Run):
            sparkwright("lab", "simulate", "--out", where.lake_uri)
        if trained and not (where.home / "mlflow.db").exists():
            sparkwright("train", "--set", "origins=[simulated]", "--set", "epochs=1")
        yield where


def sparkwright(*words: str) -> None:
    """Run a command over the installation of this process."""
    print(f"sparkwright {' '.join(words)}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "sparkwright.cli", *words]
    subprocess.run(command, check=True, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
