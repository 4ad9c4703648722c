"""Harvest the cluster's history, validate it and update the states of the workloads.

Reads new event logs, and the driver's output beside them, into the Delta tables, then checks the tables against the
data contracts. Harvesting the same logs again changes nothing. A table that breaks its contract ends the DAG run
(`validate` is skipped with exit 3, its result page names the rows): no model is trained on it.
"""

from datetime import datetime, timedelta

from airflow.sdk import Param, dag
from dag_defaults import DEFAULT_ARGS, RUNS, command


@dag(
    dag_id="harvest_history",
    schedule=timedelta(hours=1),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["sparkwright"],
    params={
        "event_log_dir": Param(
            None,
            type=["null", "string"],
            description="Folder of event logs; empty: SPARKWRIGHT_HISTORY_SERVER_URL or SPARKWRIGHT_EVENT_LOG_DIR.",
        ),
    },
)
def harvest_history() -> None:
    """Harvest, then validate, then update the states."""
    harvest = command(
        "harvest",
        'harvest ${EVENT_LOG_DIR:+--event-log-dir "$EVENT_LOG_DIR"}',
        env={"EVENT_LOG_DIR": "{{ params.event_log_dir or '' }}"},
        doc_md="Read event logs into Delta tables; broken ones go to quarantine.",
    )
    validate = command("validate", "validate", outlets=[RUNS], doc_md="Check the tables against their expectations.")
    states = command("states", "states", doc_md="Fold the runs of each workload into a state for the service.")
    harvest >> validate >> states


harvest_history()
