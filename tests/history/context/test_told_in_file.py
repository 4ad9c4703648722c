"""Files of other programs: the JVM's as Java 17 wrote them here, the others after their documentation."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from sparkwright.history.context.fatal_error import read_fatal_error
from sparkwright.history.context.told_in_file import read_file
from sparkwright.history.evidence import Fact, FactCollector

CRASH = """#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGSEGV (0xb) at pc=0x00007fa63a42ef14, pid=10490, tid=10522
#
# JRE version: OpenJDK Runtime Environment (17.0.15+6) (build 17.0.15+6)
# Java VM: OpenJDK 64-Bit Server VM (17.0.15+6, mixed mode, sharing, tiered, g1 gc, linux-amd64)
# Problematic frame:
# C  [libsnappyjava.so+0x85f14]  snappy::RawUncompress+0x14
#
# No core dump will be written. Core dumps have been disabled. To enable core dumping, try "ulimit -c unlimited"
#
# If you would like to submit a bug report, please visit:
#   https://bugs.example/openjdk-17
#

---------------  S U M M A R Y ------------

Command Line: -Xmx4096m -Dspark.authenticate.secret=hunter2 org.apache.spark.executor.YarnCoarseGrainedExecutorBackend \
--driver-url spark://x@node-1:7078 --executor-id 3 --hostname node-4 --cores 2

---------------  T H R E A D  ---------------

Current thread (0x00007fd75c0180e0):  JavaThread "Executor task launch worker for task 3.0 in stage 2.0 (TID 9)" daemon

Java frames: (J=compiled Java code, j=interpreted, Vv=VM code)
j  org.apache.spark.io.SnappyCompressionCodec.read([B)V+11
j  org.xerial.snappy.SnappyNative.rawUncompress([BII)I+0
j  com.acme.Etl.load(I)V+7

---------------  S Y S T E M  ---------------

memory_limit_in_bytes: 4718592 k
memory_usage_in_bytes: 4718200 k
Memory: 4k page, physical 24684096k(20633628k free), swap 0k(0k free)
"""
NATIVE = """#
# There is insufficient memory for the Java Runtime Environment to continue.
# Native memory allocation (mmap) failed to map 67108864 bytes. Error detail: Failed to reserve memory for metaspace
# Possible reasons:
#   The system is out of physical RAM or swap space
#   This process is running with CompressedOops enabled, and the Java Heap may be blocking the growth of the native heap
# Possible solutions:
#   Reduce memory load on the system
#   Increase physical memory or swap space
#   Check if swap backing store is full
#   Decrease Java heap size (-Xmx/-Xms)
#   Decrease number of Java threads
#   Decrease Java thread stack sizes (-Xss)
#   Set larger code cache with -XX:ReservedCodeCacheSize=
#   JVM is running with Zero Based Compressed Oops mode in which the Java heap is
#     placed in the first 32GB address space. The Java Heap base address is the
#     maximum limit for the native heap growth. Please use -XX:HeapBaseMinAddress
#     to set the Java Heap base and to place the Java Heap above 32GB virtual address.
# This output file may be truncated or incomplete.
#
#  Out of Memory Error (virtualSpaceNode.cpp:249), pid=11561, tid=11562
#
"""


def told(path: Path, content: str | bytes, **options: Any) -> tuple[str, list[Fact]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    facts = FactCollector()
    return read_file(path, facts, **options), list(facts)


def test_the_jvms_fatal_error_file_says_where_and_in_which_executor(tmp_path: Path) -> None:
    sort, (fact,) = told(tmp_path / "hs_err_pid10490.log", CRASH)
    assert (sort, fact.kind, fact.source) == ("executor_log", "executor_log", "executor 3 hs_err_pid10490.log:1")
    assert fact.message.splitlines() == [
        "A fatal error has been detected by the Java Runtime Environment:",
        "SIGSEGV (0xb) at pc=0x00007fa63a42ef14, pid=10490, tid=10522",
        "Problematic frame:",
        "C  [libsnappyjava.so+0x85f14]  snappy::RawUncompress+0x14",
        "Current thread (0x00007fd75c0180e0): JavaThread "
        '"Executor task launch worker for task 3.0 in stage 2.0 (TID 9)"',
        "in org.xerial.snappy.SnappyNative.rawUncompress",
        "in com.acme.Etl.load",
        "memory_limit_in_bytes: 4718592 k",
        "memory_usage_in_bytes: 4718200 k",
        "Memory: 4k page, physical 24684096k(20633628k free), swap 0k(0k free)",
        "Process: -Xmx4096m org.apache.spark.executor.YarnCoarseGrainedExecutorBackend --executor-id 3",
    ]


def test_memory_that_the_machine_did_not_give_is_told_without_the_advice(tmp_path: Path) -> None:
    sort, (fact,) = told(tmp_path / "hs_err_pid1.log", NATIVE)
    assert (sort, fact.kind) == ("driver_log", "driver_log")
    assert fact.message.splitlines() == [
        "There is insufficient memory for the Java Runtime Environment to continue.",
        "Native memory allocation (mmap) failed to map 67108864 bytes. Error detail: Failed to reserve memory for "
        "metaspace",
        "Out of Memory Error (virtualSpaceNode.cpp:249), pid=11561, tid=11562",
    ]


@pytest.mark.parametrize("text", ["", "# a comment\nof somebody\n", "words\n" + CRASH, "#\n#\n"])
def test_a_file_that_begins_otherwise_is_no_fatal_error_file(text: str) -> None:
    assert read_fatal_error(text.splitlines()) is None


def pod(name: str, *, executor: str = "", limit: str = "1408Mi", **status: object) -> dict[str, Any]:
    labels = {"spark-role": "executor", "spark-exec-id": executor} if executor else {"spark-role": "driver"}
    container = "spark-kubernetes-executor" if executor else "spark-kubernetes-driver"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "jobs", "labels": labels},
        "spec": {
            "nodeName": "node-4",
            "containers": [{"name": container, "resources": {"limits": {"cpu": "1", "memory": limit}}}],
        },
        "status": {"phase": "Failed", **status},
    }


def ended(executor: str, code: int, reason: str) -> dict[str, Any]:
    container = "spark-kubernetes-executor" if executor else "spark-kubernetes-driver"
    state = {"terminated": {"exitCode": code, "reason": reason, "startedAt": "2026-01-02T03:04:05Z"}}
    return {"containerStatuses": [{"name": container, "ready": False, "restartCount": 0, "state": state}]}


def event(name: str, reason: str, message: str, kind: str = "Pod", sort: str = "Warning") -> dict[str, Any]:
    return {
        "kind": "Event",
        "type": sort,
        "reason": reason,
        "message": message,
        "involvedObject": {"kind": kind, "name": name, "namespace": "jobs"},
        "count": 3,
        "firstTimestamp": "2026-01-02T03:04:05Z",
        "source": {"component": "kubelet"},
    }


UNSCHEDULABLE = {
    "phase": "Pending",
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/9 nodes are available: 9 Insufficient memory.",
        }
    ],
}
WAITING = {
    "phase": "Pending",
    "containerStatuses": [
        {
            "name": "spark-kubernetes-driver",
            "state": {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "spark:4.9"'}},
        }
    ],
}


@pytest.mark.parametrize(
    ("item", "kind", "source", "message"),
    [
        (
            pod("etl-exec-3", executor="3", **ended("3", 137, "OOMKilled")),
            "executor_removed",
            "pod etl-exec-3 executor 3",
            "pod etl-exec-3: container terminated, reason OOMKilled, exit code 137, memory limit 1408Mi",
        ),
        (
            pod("etl-driver", **ended("", 137, "OOMKilled")),
            "final_status",
            "pod etl-driver",
            "driver pod etl-driver: container terminated, reason OOMKilled, exit code 137, memory limit 1408Mi",
        ),
        (
            pod(
                "etl-exec-4", executor="4", reason="Evicted", message="The node was low on resource: ephemeral-storage."
            ),
            "executor_removed",
            "pod etl-exec-4 executor 4",
            "pod etl-exec-4: Evicted: The node was low on resource: ephemeral-storage.",
        ),
        (
            pod("etl-driver", **UNSCHEDULABLE),
            "final_status",
            "pod etl-driver",
            "driver pod etl-driver: not scheduled, Unschedulable: 0/9 nodes are available: 9 Insufficient memory.",
        ),
        (
            pod("etl-driver", **WAITING),
            "final_status",
            "pod etl-driver",
            'driver pod etl-driver: container waiting, reason ImagePullBackOff: Back-off pulling image "spark:4.9"',
        ),
        (
            event("etl-exec-5", "FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu."),
            "final_status",
            "event of pod etl-exec-5",
            "pod etl-exec-5: FailedScheduling: 0/3 nodes are available: 3 Insufficient cpu.",
        ),
        (
            event("etl-exec-6", "Evicted", "The node was low on resource: memory."),
            "executor_removed",
            "event of pod etl-exec-6 executor 6",
            "pod etl-exec-6: Evicted: The node was low on resource: memory.",
        ),
        (
            {
                "kind": "Event",
                "type": "Warning",
                "reason": "SystemOOM",
                "note": "System OOM encountered, victim process: java, pid: 4711",
                "regarding": {"kind": "Node", "name": "node-4"},
            },
            "final_status",
            "event of node node-4",
            "node node-4: SystemOOM: System OOM encountered, victim process: java, pid: 4711",
        ),
        (
            {
                "kind": "Node",
                "metadata": {"name": "node-4"},
                "status": {
                    "conditions": [
                        {"type": "Ready", "status": "True"},
                        {
                            "type": "DiskPressure",
                            "status": "True",
                            "reason": "KubeletHasDiskPressure",
                            "message": "kubelet has disk pressure",
                        },
                    ]
                },
            },
            "final_status",
            "node node-4",
            "node node-4: DiskPressure, KubeletHasDiskPressure: kubelet has disk pressure",
        ),
    ],
)
@pytest.mark.parametrize("alone", [True, False])
def test_reports_of_kubernetes_are_facts(
    item: dict[str, Any], kind: str, source: str, message: str, alone: bool, tmp_path: Path
) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [pod("etl-exec-1", executor="1", phase="Running"), item]}
    content = json.dumps(item if alone else listed, indent=4)
    sort, (fact,) = told(tmp_path / "kubernetes.json", content)
    assert (sort, fact.kind, fact.source, fact.message) == ("final_status", kind, source, message)


def test_objects_that_are_well_or_odd_say_nothing(tmp_path: Path) -> None:
    items = [
        pod("etl-exec-1", executor="1", **ended("1", 0, "Completed")),
        pod("etl-exec-2", executor="2", **ended("2", 143, "Error")),
        event("etl-exec-1", "Pulled", "Container image already present", sort="Normal"),
        {"kind": "Pod", "metadata": 7},
        {"kind": "Service", "metadata": {"name": "x"}},
        {"kind": "Node", "metadata": {"name": "n"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}},
        "nothing",
        None,
    ]
    assert told(tmp_path / "k.json", json.dumps({"kind": "List", "items": items})) == ("final_status", [])
    assert told(tmp_path / "k.json", json.dumps({"kind": "List", "items": 7}))[1] == []


DIAGNOSTICS = (
    "Application application_1_0002 failed 2 times due to AM Container for appattempt_1_0002_000002 exited with "
    "exitCode: -104\nFailing this attempt.Diagnostics: [2026-01-02 03:04:05.000]Container [pid=7,containerID=c] is "
    "running 12345B beyond the 'PHYSICAL' memory limit. Current usage: 1.5 GB of 1.5 GB physical memory used."
)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"app": {"id": "application_1_0002", "finalStatus": "FAILED", "diagnostics": DIAGNOSTICS}}),
        json.dumps(
            {"apps": {"app": [{"id": "application_1_0002", "state": "FAILED", "diagnostics": DIAGNOSTICS}]}}, indent=1
        ),
        "26/01/02 03:04:05 INFO client.RMProxy: Connecting\nApplication Report : \n\tApplication-Id : "
        "application_1_0002\n\tApplication-Name : etl\n\tState : FAILED\n\tFinal-State : FAILED\n\tDiagnostics : "
        f"{DIAGNOSTICS}\n\tUnmanaged Application : false\n\tTimeoutType : LIFETIME\n",
    ],
)
def test_yarns_diagnostics_are_a_fact(content: str, tmp_path: Path) -> None:
    sort, (fact,) = told(tmp_path / "report", content)
    assert (sort, fact.kind, fact.source) == (
        "final_status",
        "final_status",
        "YARN ResourceManager application_1_0002",
    )
    assert fact.message == DIAGNOSTICS


@pytest.mark.parametrize(
    "content",
    [
        {"app": {"id": "a", "finalStatus": "SUCCEEDED", "diagnostics": "fine"}},
        {"app": {"id": "a", "finalStatus": "FAILED", "diagnostics": None}},
        {"app": {"id": ["a"]}},
        {"app": 7},
        {"apps": None},
        {"kind": 7},
        {},
        [],
        [1],
    ],
)
def test_a_report_without_a_failure_says_nothing(content: object, tmp_path: Path) -> None:
    assert told(tmp_path / "report", json.dumps(content))[1] == []


def test_packed_files_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    content = json.dumps(pod("etl-driver", **UNSCHEDULABLE)).encode()
    assert len(told(tmp_path / "k.json.gz", gzip.compress(content))[1]) == 1
    assert len(told(tmp_path / "k.json", b"\xef\xbb\xbf" + content)[1]) == 1
    assert len(told(tmp_path / "e.log.gz", gzip.compress(b'Exception in thread "main" a.BError: x\n'))[1]) == 1


def test_json_lines_are_a_log(tmp_path: Path) -> None:
    line = '{"ts":"t","level":"ERROR","msg":"it broke","logger":"Executor"}\n'
    for content in (line, line * 2):
        sort, (fact,) = told(tmp_path / "stderr", content)
        assert (sort, fact.message) == ("driver_log", "Executor: it broke")
