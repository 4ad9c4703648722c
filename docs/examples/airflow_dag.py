"""Nightly orders, with the resources that their earlier runs needed.

The operator stands where `SparkSubmitOperator` would, with the same arguments. It asks the service when the task
submits; where nobody answers within two seconds the task runs as it is written here. A retry tells the service that
it is one, and raises what the failed try died of, once. The link `Sparkwright decision` leads to what was decided.
"""

from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG

from sparkwright.launchers.airflow import AdvisedSparkSubmitOperator

JOB = Path(__file__).with_name("orders_job.py")

with DAG("nightly_orders", schedule=None, catchup=False, doc_md=__doc__):
    AdvisedSparkSubmitOperator(
        task_id="orders",
        application=str(JOB),
        name="nightly orders",
        application_args=["1000000"],
        executor_cores=2,
        retries=1,
        retry_delay=timedelta(seconds=1),
    )
