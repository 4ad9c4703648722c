"""Airflow's Spark operators with advice: they stand wherever the providers' own stand.

    from sparkwright.launchers.airflow import AdvisedSparkSubmitOperator

    AdvisedSparkSubmitOperator(task_id="orders", application="jobs/orders.py", executor_memory="4g")

Each needs the provider of the operator it stands on and no other: apache-spark, or cncf-kubernetes.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkwright.launchers.airflow.spark_kubernetes import AdvisedSparkKubernetesOperator, SparkKubernetesAdvice
    from sparkwright.launchers.airflow.spark_submit import AdvisedSparkSubmitOperator, SparkSubmitAdvice

_MODULES = {
    "AdvisedSparkKubernetesOperator": "spark_kubernetes",
    "AdvisedSparkSubmitOperator": "spark_submit",
    "SparkKubernetesAdvice": "spark_kubernetes",
    "SparkSubmitAdvice": "spark_submit",
}
__all__ = [
    "AdvisedSparkKubernetesOperator",
    "AdvisedSparkSubmitOperator",
    "SparkKubernetesAdvice",
    "SparkSubmitAdvice",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
