"""Tasks that submit with a script in the place of spark-submit, one a case; ``test_airflow_tasks.py`` runs them all."""

from datetime import datetime, timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG

from sparkwright.launchers.airflow import AdvisedSparkSubmitOperator, SparkSubmitAdvice

NO_WAIT = {"retries": 1, "retry_delay": timedelta(seconds=0)}


class OwnOperator(SparkSubmitAdvice, SparkSubmitOperator):
    """A subclass of somebody's, with the mixin and a constructor of its own."""

    def __init__(self, **kwargs):
        self.advised_init(override=True, raise_on_retry=False, **kwargs)


with DAG("cases", schedule=None, start_date=datetime(2026, 1, 1), default_args={"conn_id": "spark_default"}) as dag:
    AdvisedSparkSubmitOperator(task_id="plain", application="app.py", application_args=["--override", "x y"])
    AdvisedSparkSubmitOperator(
        task_id="arguments", application="app.py", executor_memory="2g", conf={"spark.executor.memory": "5g"}
    )
    AdvisedSparkSubmitOperator(
        task_id="overridden", application="app.py", executor_memory="2g", executor_cores=2, override=True
    )
    AdvisedSparkSubmitOperator(task_id="named", application="app.py", workload="orders/{{ ds_nodash }}", inputs=["2k"])
    AdvisedSparkSubmitOperator(
        task_id="carrying", application="app.py", conf={"spark.sparkwright.decisionId": "d0"}, executor_memory="1g"
    )
    AdvisedSparkSubmitOperator(task_id="dies_of_heap", application="oom.py", driver_memory="600m", **NO_WAIT)
    AdvisedSparkSubmitOperator(task_id="dies_of_code", application="bug.py", driver_memory="600m", **NO_WAIT)
    AdvisedSparkSubmitOperator(
        task_id="lineage",
        application="app.py",
        conf={"spark.openlineage.transport.auth.apiKey": "hunter2hunter2"},
        openlineage_inject_parent_job_info=True,
    )
    AdvisedSparkSubmitOperator.partial(task_id="mapped", application="app.py").expand(inputs=[["1k"], ["3k"]])
    OwnOperator(task_id="own", application="app.py", executor_memory="2g")
    # A standalone cluster: spark-submit ends at once, and the driver is asked for by its id.
    AdvisedSparkSubmitOperator(task_id="reconnecting", application="lost.py", conn_id="spark_cluster", **NO_WAIT)
    AdvisedSparkSubmitOperator(task_id="resumed", application="ended.py", conn_id="spark_cluster", **NO_WAIT)
    AdvisedSparkSubmitOperator(
        task_id="not_durable", application="again.py", conn_id="spark_cluster", durable=False, **NO_WAIT
    )
