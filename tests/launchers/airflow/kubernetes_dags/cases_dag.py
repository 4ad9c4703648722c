"""Tasks that create SparkApplications, one a case; ``test_spark_kubernetes.py`` runs them all."""

import os
from copy import deepcopy
from datetime import datetime, timedelta

from airflow.sdk import DAG

from sparkwright.launchers.airflow import AdvisedSparkKubernetesOperator

MANIFEST = {
    "apiVersion": "sparkoperator.k8s.io/v1beta2",
    "kind": "SparkApplication",
    "metadata": {"name": "orders"},
    "spec": {
        "type": "Python",
        "mainApplicationFile": "local:///app/orders.py",
        "sparkConf": {"spark.executor.memory": "9g"},
        "driver": {"cores": 1, "memory": "1g"},
        "executor": {"instances": 2, "memory": "2g"},
    },
}
COMMON = {
    "config_file": os.environ["KUBECONFIG"],
    "kubernetes_conn_id": None,
    "get_logs": False,
    "random_name_suffix": False,
}


def manifest(**spec):
    changed = deepcopy(MANIFEST)
    changed["spec"].update(spec)
    return changed


with DAG("cases", schedule=None, start_date=datetime(2026, 1, 1), default_args=COMMON) as dag:
    AdvisedSparkKubernetesOperator(task_id="fields", name="fields", template_spec=manifest())
    AdvisedSparkKubernetesOperator(task_id="override", name="override", template_spec=manifest(), override=True)
    AdvisedSparkKubernetesOperator(task_id="free", name="free", template_spec=manifest(sparkConf={}, executor={}))
    AdvisedSparkKubernetesOperator(
        task_id="killed",
        name="killed",
        template_spec=manifest(sparkConf={}, executor={}),
        retries=1,
        retry_delay=timedelta(seconds=0),
    )
    AdvisedSparkKubernetesOperator(task_id="reattaching", name="reattaching", template_spec=manifest())
    AdvisedSparkKubernetesOperator(task_id="deferred", name="deferred", template_spec=manifest(), deferrable=True)
    AdvisedSparkKubernetesOperator(
        task_id="deferred_killed",
        name="deferred-killed",
        template_spec=manifest(sparkConf={}, executor={}),
        deferrable=True,
        retries=1,
        retry_delay=timedelta(seconds=0),
    )
    AdvisedSparkKubernetesOperator(
        task_id="reattaching_deferred", name="reattaching-deferred", template_spec=manifest(), deferrable=True
    )
    AdvisedSparkKubernetesOperator(task_id="wrong", name="wrong", template_spec=manifest(sparkConf=["a"]))
