"""Faults that only some machines can produce: container limits, full disks, missing rights, stalling executors."""

import re
from functools import partial

from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.host import DISK, SPARE
from evaluation.lab.symptom import Idle, said

_container = partial(
    Fault,
    "container_memory_kill",
    "container",
    knob="spark.executor.memoryOverhead",
    # Standalone says that the process was killed; why, only the watcher knows.
    symptom=said(r"beyond the 'PHYSICAL' memory limit"),
    inputs="clicks",
    scale=0.01,
    executors_count=2,
    repair={"spark.executor.memoryOverhead": "2g"},
    enforced_by="watcher",
)
_disk = partial(
    Fault,
    "disk_full",
    "disk",
    knob="spark.local.dir",
    symptom=said(r"No space left on device"),
    inputs="clicks",
    scale=0.1,
    executor_memory_mib=1024,
    properties={"spark.local.dir": DISK},
    repair={"spark.local.dir": SPARE},
    host="small_disk",
    own_submit=True,
)
_rights = partial(
    Fault,
    "permission_denied",
    "rights",
    knob="environment",
    symptom=said(r"[Pp]ermission denied|Mkdirs failed to create"),
    host="unprivileged",
    own_submit=True,
)
_stalled = partial(
    Fault,
    "executor_heartbeat_timeout",
    "stalled_executor",
    knob="spark.network.timeout",
    symptom=said(r"[Ee]xecutor heartbeat timed out"),
    inputs="clicks",
    scale=0.01,
    executors_count=2,
    properties={
        "spark.executor.heartbeatInterval": "1s",
        "spark.network.timeout": "4s",
        "spark.network.timeoutInterval": "1s",
    },
    repair={"spark.network.timeout": "120s"},
    enforced_by="script",
)
_starved = partial(
    Fault,
    "resource_starvation",
    "starved",
    symptom=Idle(re.compile(r"Initial job has not accepted any resources")),
    enforced_by="time_limit",
    own_submit=True,
    limit_s=30,  # a slow machine takes 15 s until the driver can complain
)
_SOON = {"spark.starvation.timeout": "4s"}
MACHINE = {
    "container_model": _container(variant="model", split="train"),
    "container_list": _container(variant="partition_in_a_list", split="validation"),
    "container_wide_groups": _container(variant="wide_groups", split="test"),
    "disk_shuffle": _disk(variant="shuffle", split="train"),
    "disk_cache": _disk(variant="cache", split="validation"),
    "disk_sort": _disk(variant="sort", split="test"),
    "rights_file": _rights(variant="forbidden_file", split="train"),
    "rights_target": _rights(variant="forbidden_target", split="train"),
    "rights_folder": _rights(variant="forbidden_folder", split="validation"),
    "rights_udf": _rights(variant="forbidden_in_udf", split="test"),
    "stalled_rdd": _stalled(variant="rdd", split="train"),
    "stalled_frames": _stalled(variant="frames", split="validation"),
    "stalled_groups": _stalled(variant="groups", split="test"),
    "starved_memory": _starved(
        variant="count",
        split="train",
        knob="spark.executor.memory",
        properties=_SOON | {"spark.executor.memory": "200g"},
        repair={"spark.executor.memory": "640m"},
    ),
    "starved_cores": _starved(
        variant="join",
        split="validation",
        knob="spark.executor.cores",
        properties=_SOON | {"spark.executor.cores": "64", "spark.cores.max": "64"},
        repair={"spark.executor.cores": "2", "spark.cores.max": "2"},
    ),
    "starved_dynamic": _starved(
        variant="words",
        split="test",
        knob="spark.executor.memory",
        properties=_SOON
        | {
            "spark.dynamicAllocation.enabled": "true",
            "spark.dynamicAllocation.shuffleTracking.enabled": "true",
            "spark.dynamicAllocation.minExecutors": "1",
            "spark.dynamicAllocation.maxExecutors": "2",
            "spark.executor.instances": "1",
            "spark.executor.memory": "100g",
        },
        repair={"spark.executor.memory": "640m"},
    ),
}
