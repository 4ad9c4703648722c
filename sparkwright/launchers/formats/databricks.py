"""Databricks jobs: what ``jobs/create``, ``jobs/reset`` and ``jobs/runs/submit`` take.

Properties go into ``spark_conf`` of each new cluster. How large its executors are is decided by the node type, how many
by ``num_workers`` or ``autoscale``: those are named, not changed.

Source: Jobs API 2.1 and 2.2, ``NewCluster``.
"""

from typing import Any

from data_contracts.properties.provenance import WORKLOAD
from sparkwright.errors import ConfigError
from sparkwright.launchers.formats.json_document import (
    Document,
    conf_in,
    object_in,
    object_of,
    objects_in,
    read_json,
    text_of,
    write_json,
)
from sparkwright.launchers.formats.slot import Slot, put_into

_BY_NODE_TYPE = (
    "spark.executor.memory",
    "spark.executor.memoryOverhead",
    "spark.executor.memoryOverheadFactor",
    "spark.executor.pyspark.memory",
    "spark.executor.cores",
    "spark.driver.memory",
    "spark.driver.memoryOverhead",
    "spark.driver.cores",
)
_BY_WORKERS = (
    "spark.executor.instances",
    "spark.cores.max",
    "spark.dynamicAllocation.enabled",
    "spark.dynamicAllocation.minExecutors",
    "spark.dynamicAllocation.initialExecutors",
    "spark.dynamicAllocation.maxExecutors",
    "spark.dynamicAllocation.executorIdleTimeout",
    "spark.dynamicAllocation.cachedExecutorIdleTimeout",
    "spark.dynamicAllocation.shuffleTracking.enabled",
    "spark.dynamicAllocation.shuffleTracking.timeout",
)

read, write = read_json, write_json


def slots(document: Document) -> list[Slot]:
    """The new clusters of a job.

    Raises:
        ConfigError: It is no job, none that starts a cluster, or a part of it has another type.
    """
    root = object_of(document)
    settings = object_in(root, "new_settings") or object_in(root, "settings") or root
    name = text_of(settings.get("name")) or text_of(settings.get("run_name"))
    holders = [(text_of(one.get("task_key")), one) for one in objects_in(settings, "tasks")]
    holders += [(text_of(one.get("job_cluster_key")), one) for one in objects_in(settings, "job_clusters")]
    holders.append(("", settings))
    found = [
        _slot(".".join(filter(None, (name, key))) or "job", cluster)
        for key, holder in holders
        if (cluster := object_in(holder, "new_cluster"))
    ]
    if not found:
        raise ConfigError(
            "expected a Databricks job with a new_cluster (in tasks, job_clusters or by itself): what runs on an "
            "existing cluster, or serverless, has no properties of its own"
        )
    return found


def _slot(name: str, cluster: dict[str, Any]) -> Slot:
    properties = conf_in(cluster, "spark_conf")
    node = text_of(cluster.get("node_type_id")) or text_of(cluster.get("instance_pool_id")) or "of the pool"
    is_scaled = bool(object_in(cluster, "autoscale"))
    decided_by = dict.fromkeys(_BY_NODE_TYPE, f"the node type {node} decides")
    workers = "autoscale" if is_scaled else f"num_workers={text_of(cluster.get('num_workers')) or '0'}"
    decided_by |= dict.fromkeys(_BY_WORKERS, f"{workers} decides")
    return Slot(
        label=name,
        properties=properties,
        app_name=name,
        put=put_into(cluster, "spark_conf"),
        # All applications of Databricks have one name in the event log.
        workload=properties.get(WORKLOAD) or f"databricks:{name}",
        platform="standalone",
        refuse=lambda name, value: decided_by.get(name, ""),
        notes=(f"node type {node}, {workers}",),
    )
