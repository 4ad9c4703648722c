"""Train the forecaster and promote it if it is better than the champion.

`train` registers a version and proposes a release with it; `evaluate` scores that release beside the champion on runs
that neither was trained on; `promote` moves the alias only if the scores say so (otherwise it is skipped with exit 3).
"""

from datetime import datetime

from airflow.sdk import Param, dag
from dag_defaults import DEFAULT_ARGS, RELEASES, RETRAIN, command


@dag(
    dag_id="train_forecaster",
    schedule=[RETRAIN],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["sparkwright"],
    params={
        "config": Param("training/configs/temporal.yaml", type="string", description="Configuration file."),
        "set": Param("", type="string", description="One override, such as epochs=20; empty for none."),
    },
)
def train_forecaster() -> None:
    """Train, evaluate, promote."""
    train = command(
        "train",
        'train --config "$CONFIG" ${OVERRIDE:+--set "$OVERRIDE"}',
        env={"CONFIG": "{{ params.config }}", "OVERRIDE": "{{ params.set }}"},
        doc_md="Train with PyTorch Lightning on the runs in the lake.",
    )
    release = {"RELEASE": "{{ ti.xcom_pull(task_ids='train') }}"}
    evaluate = command(
        "evaluate", 'evaluate --release "$RELEASE"', env=release, doc_md="Backtest against the champion."
    )
    promote = command(
        "promote", 'promote --release "$RELEASE"', env=release, outlets=[RELEASES], doc_md="Move the alias if better."
    )
    train >> evaluate >> promote


train_forecaster()
