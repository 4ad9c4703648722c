"""Properties of queues, pods and executors whose value depends on the room that the site has."""

import re
from collections.abc import Mapping

from sparkwright.diagnosis.taxonomy.repairs.values import is_on, master


def pod_placement(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A template with what the pod lacks (tolerations, affinity), or memory that a node has."""
    side = "driver" if re.search(r"-driver\b(?!-svc)", text) else "executor"
    lacking = [what for what in ("memory", "cpu") if re.search(rf"(Insufficient|enough resource:) {what}", text)]
    if lacking:
        given = {}
        if "memory" in lacking:
            given[f"spark.{side}.memory"] = "so much less that heap and overhead fit what a node has free for pods"
        if "cpu" in lacking:
            given[f"spark.kubernetes.{side}.request.cores"] = "so much less that it fits what a node has free for pods"
        return given
    claims = [name for name in properties or {} if name.endswith(".options.claimName")]
    if claims and re.search(r"persistentvolumeclaim|PersistentVolumeClaim", text):
        return dict.fromkeys(claims, "a claim that exists in the pods' namespace and is bound, or OnDemand (3.1)")
    if re.search(r"taint|tolerat|selector|affinity", text):
        return {f"spark.kubernetes.{side}.podTemplateFile": "a template with the toleration or selector of the nodes"}
    return {}


def queue(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A queue of YARN."""
    if master(properties, text) == "kubernetes" or not re.search(r"queue", text, re.IGNORECASE):
        return {}
    return {"spark.yarn.queue": "a queue that exists, has room and takes applications of this user"}


def queue_or_other_storage(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A queue that is not preempted; or where blocks go that no other executor has room for, off YARN."""
    if given := queue(properties, text):
        return given
    if master(properties, text) in ("yarn", "local"):
        return {}
    folder = "a folder on a store that outlives the machines, for blocks that no executor takes (s3a://...)"
    return {"spark.storage.decommission.fallbackStorage.path": folder}


def manager_address(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The manager's address, where it was not found there."""
    if re.search(r"0\.0\.0\.0\S*:80(30|32|33)\b", text):
        return {"spark.hadoop.yarn.resourcemanager.hostname": "the manager's machine (or HADOOP_CONF_DIR)"}
    if "kubernetes.default" in text:
        return {"spark.kubernetes.driver.master": "the API server's address as the driver's pod reaches it"}
    if re.search(r"masters? (are|is) unresponsive|connect to master|:7077\b", text):
        return {"spark.master": "the address that the master's own page shows (spark://HOST:PORT)"}
    return {}


def fitting_request(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Executors that a machine of the cluster holds."""
    if "SPARK-24819" in text:
        return {"spark.executor.instances": "so many that all tasks of the barrier stage run at once"}
    given = {
        "spark.executor.memory": "so much less that heap and overhead fit a machine or container of the cluster",
        "spark.executor.cores": "no more than a machine or container of the cluster has",
    }
    if re.search(r"capacity|maximum (limit|capacity)|AM [Rr]esource", text):
        given |= fewer_executors_at_once(properties)
    return given


def fewer_at_once(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A bound on the executors, where what they share has no room for as many."""
    return {"spark.dynamicAllocation.maxExecutors": "so few that all of their tasks together keep below the limit"}


def capacity(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Another queue, or a bound on the executors, where it is the room for them that is used up."""
    if given := queue(properties, text):
        return given
    return fewer_at_once(properties) if re.search(r"[Cc]apacity|vcpu|v?cores?\b|CPUS|quota", text) else {}


def fewer_executors_at_once(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """A bound on how many executors there are, by the property that counts."""
    dynamic = is_on(properties, "spark.dynamicAllocation.enabled")
    name = "spark.dynamicAllocation.maxExecutors" if dynamic else "spark.executor.instances"
    return {name: "so few that all of them have room at once"}


def within_quota(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """What fits the room that a namespace has, or the limits that it sets a container."""
    given = fewer_at_once(properties) | fewer_executors_at_once(properties) if "exceeded quota" in text else {}
    side = "driver" if re.search(r"-driver\b", text) else "executor"
    if re.search(r"maximum memory|requested: [^,]*\bmemory", text):
        given[f"spark.{side}.memory"] = "so much less that heap and overhead keep below the limit"
    if re.search(r"maximum cpu", text):
        given[f"spark.kubernetes.{side}.limit.cores"] = "no more than the limit"
    return given or fewer_at_once(properties)
