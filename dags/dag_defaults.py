"""Shared by all DAGs: the Assets that link them, and the operator that runs one command of the CLI."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset

REPOSITORY = Path(__file__).resolve().parent.parent

RUNS = Asset(name="sparkwright_runs", uri="sparkwright://lake/runs")
"""Updated when the lake holds newly harvested runs that passed their expectations."""
RETRAIN = Asset(name="sparkwright_retrain", uri="sparkwright://feedback/retrain")
"""Updated when the feedback says that the champion should be trained again."""
RELEASES = Asset(name="sparkwright_releases", uri="sparkwright://registry/release")
"""Updated when a new champion was promoted."""

CHECK_FAILED = 3

DEFAULT_ARGS = {
    "owner": "sparkwright",
    "retries": 1,
    "retry_delay": timedelta(seconds=30),
    "execution_timeout": timedelta(hours=6),
}


def command(
    task_id: str, words: str, *, env: dict[str, str] | None = None, outlets: Sequence[Asset] = (), doc_md: str
) -> BashOperator:
    """An operator that runs ``sparkwright WORDS`` and is skipped if the check failed (exit 3).

    Params reach the command through ``env``, quoted by the shell, and are never pasted into its text. The last word
    that the command prints is its XCom (``train`` ends with the release that it proposed).
    """
    program = Path(sys.executable).parent / "sparkwright"
    return BashOperator(
        task_id=task_id,
        bash_command=f'exec "$SPARKWRIGHT_PROGRAM" {words}',
        env={"SPARKWRIGHT_PROGRAM": str(program), **(env or {})},
        append_env=True,
        cwd=str(REPOSITORY),
        skip_on_exit_code=CHECK_FAILED,
        output_processor=lambda line: line.split()[-1] if line.split() else "",
        outlets=list(outlets),
        doc_md=doc_md,
    )
