"""Repairs of what an application shares with its cluster: shuffle services, networks, machines and queues."""

import re
from collections.abc import Mapping

from sparkwright.diagnosis.taxonomy.repairs.values import is_on, master, seconds


def forget_lost_hosts(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """One failed fetch forgets all shuffle files of its host, where fetches failed and a shuffle service held them.

    Where there is no such service, as on Kubernetes and where executors could not register, executors keep the files.
    """
    is_held = is_on(properties, "spark.shuffle.service.enabled") or re.search(
        r"(:|, )7337\b|not registered \(appId", text
    )
    if not is_held:
        return {}
    if master(properties, text) == "kubernetes" or re.search(r"[Rr]egister with external shuffle|ShuffleServer", text):
        return shuffle_without_service(properties, "")
    name = "spark.files.fetchFailure.unRegisterOutputOnHost"
    return {name: "true"} if re.search("[Ff]etch|Missing an output location", text) else {}


def shuffle_without_service(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """No external shuffle service; dynamic allocation then tracks which executors hold shuffle files (3.0)."""
    if "requires the external shuffle service. You may enable this" in text:  # Spark 1 and 2 have no other way
        return {"spark.dynamicAllocation.enabled": "false"}
    given = {"spark.dynamicAllocation.shuffleTracking.enabled": "true"}
    return given if "ynamic allocation" in text else {"spark.shuffle.service.enabled": "false", **given}


def same_service(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """What executors and the shuffle service have to have in common."""
    if re.search(r"Sasl|authenticat", text):
        return {"spark.authenticate": "the same as in the shuffle service's own settings"}
    if re.search(r"requires the external shuffle service", text):
        return {"spark.shuffle.service.enabled": "true, where every machine runs the shuffle service"}
    return {"spark.shuffle.service.port": "the port that it listens on"} if re.search(r"refused", text) else {}


def other_service(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Spark's own shuffle, while a remote one is away; or a service that remembers whom it served (standalone)."""
    if re.search(r"celeborn|uniffle|\bRss", text, re.IGNORECASE):
        given = {"spark.shuffle.manager": "sort, until the remote shuffle service has workers again"}
        if "eleborn" in text:
            given["spark.celeborn.master.endpoints"] = "the masters of Celeborn (HOST:9097)"
        return given
    if "not registered (appId" in text and master(properties, text) == "standalone":
        return {"spark.shuffle.service.db.enabled": "true (3.0), in the settings of the workers"}
    return {}


def wait_for_service(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Wait longer for a busy shuffle service at registration; when fetching, ask it less at once, and later again.

    More attempts would be more of what it cannot bear.
    """
    if re.search("regist", text, re.IGNORECASE):
        return {"spark.shuffle.registration.timeout": "60000", "spark.shuffle.registration.maxAttempts": "5"}
    return {
        "spark.reducer.maxBlocksInFlightPerAddress": "128",
        "spark.reducer.maxReqsInFlight": "256",
        "spark.shuffle.io.retryWait": "30s",
    }


def normal_network_timeout(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Spark's own time-out, where the application had a shorter one; else twice that, once.

    A pause that passes is bridged; a longer wait than that only hides the cause.
    """
    is_usual = properties is not None and 120 <= seconds(properties, "spark.network.timeout", 120) < 240
    return {"spark.network.timeout": "240s"} if is_usual else own_network_timeout(properties)


def own_network_timeout(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Spark's own time-out, where the application had a shorter one."""
    is_shorter = 0 < seconds(properties or {}, "spark.network.timeout", 120) < 120
    return {"spark.network.timeout": "120s"} if is_shorter else {}


def normal_stage_attempts(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Spark's own four attempts at a stage, where the application allowed fewer: lost files are made again by each."""
    name = "spark.stage.maxConsecutiveAttempts"
    value = (properties or {}).get(name, "").strip()
    return {name: "4"} if value.isdecimal() and int(value) < 4 else {}


def fetch_from_executors(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Blocks that are looked at as a whole, so that a damaged one is fetched again (3.0), and Spark's own attempts.

    No blocks merged on the way, where pushing them is on.
    """
    whole, push = "spark.shuffle.detectCorrupt.useExtraMemory", "spark.shuffle.push.enabled"
    given = normal_stage_attempts(properties) | ({} if is_on(properties, whole) else {whole: "true"})
    is_pushed = is_on(properties, push) or re.search(r"PushBased|[Mm]erged (shuffle )?(block|chunk)", text)
    return given | ({push: "false"} if is_pushed else {})


def default_queue(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """YARN's own queue, where another one, or the one that a rule chose, is refused."""
    name = "spark.yarn.queue"
    is_refused = properties is None or properties.get(name) == "default" or "queue: default" in text
    return {} if is_refused or "does not have permission" in text else {name: "default"}


def avoid_machine(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Keep tasks from machines that failed some (3.1; before it spark.blacklist.enabled)."""
    name = "spark.excludeOnFailure.enabled"
    return {} if (properties or {}).get(name) == "true" else {name: "true"}


def avoid_machine_before(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The same, by the name that it had."""
    is_there = "spark.excludeOnFailure.enabled" in (properties or {})
    return {} if is_there else {"spark.blacklist.enabled": "before Spark 3.1: true"}


def ask_for_less_cpu(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Half of the cores as the pod's request, where CPU alone is what no node has left; how many tasks run stays."""
    if "Insufficient cpu" not in text or "Insufficient memory" in text:
        return {}
    side = "driver" if re.search(r"-driver\b(?!-svc)", text) else "executor"
    cores = (properties or {}).get(f"spark.{side}.cores", "1")
    if not cores.isdecimal() or not int(cores):
        return {}
    return {f"spark.kubernetes.{side}.request.cores": f"{500 * int(cores)}m"}
