"""Judge every decision by its outcome, and decide whether to train again.

Joins the decisions that were answered to the runs that carried their ids, judges how well the forecasts and the advised
memory held, and updates the Asset that starts both training DAGs if the champion should be trained again (there is none
yet, its intervals miss, runs died on its advice, or enough new runs have come).
"""

from datetime import datetime

from airflow.sdk import dag
from dag_defaults import DEFAULT_ARGS, RETRAIN, RUNS, command


@dag(
    dag_id="feedback",
    schedule=[RUNS],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["sparkwright"],
)
def feedback() -> None:
    """Join, then decide."""
    join = command("join", "feedback join", doc_md="Join outcomes to decisions, into the lake.")
    decide = command(
        "decide", "feedback decide", outlets=[RETRAIN], doc_md="Skipped (exit 3) if the champion is still good."
    )
    join >> decide


feedback()
