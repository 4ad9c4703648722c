"""Whole inputs and single facts after public reports; nothing of them lies in this project."""

import json
from pathlib import Path

import pytest

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.advisor.targets import open_target
from sparkwright.diagnosis.answer import answer
from sparkwright.lake import Lake

FIELD = Path(__file__).parents[3] / "shared" / "data" / "field"
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="../shared/data/field is not there")

# Right, or honestly unknown where no cause of the taxonomy fits.
APPLICATIONS = {
    "D1": "concurrent_write_conflict",
    "D2": "open_file_limit_reached",
    "D3": "service_throttled",
    "D5": "python_interpreter_mismatch",
    "D7": "disk_full",
}
REPAIRS = {"D3": {"spark.hadoop.fs.s3.maxRetries": "30"}, "D5": {"spark.pyspark.python": "python3.7"}}
LINES = {
    "D1": "ConcurrentAppendException",
    "D2": "(Too many open files)",
    "D3": "Error Code: SlowDown",
    "D5": "Python in worker has different version 3.5 than that in driver 3.7",
    "D7": "low on resource: ephemeral-storage",
}
PROBES = {
    "P10_ssl": "tls_handshake_failure",
    "P12_pyarrow": "python_library_incompatible",
    "P14_driver_svc_dns": "driver_unreachable",
    "P16_metastore": "connection_refused",
    "P18_yarn143": "executor_lost",
    "P20_yarn_task137": "executor_lost",
    "P2_rpc_size": "rpc_message_too_large",
    "P4_serialVersionUID": "version_incompatibility",
    "P6_yarn_max": "resource_starvation",
    "P8_snappy_lib": "native_library_missing",
    "Q10_conn_refused_metastore": "connection_refused",
    "Q11_k8s_sa": "kubernetes_rbac_denied",
    "Q1_yarn_memory": "container_memory_kill",
    "Q2_maxResultSize": "driver_result_size_exceeded",
    "Q3_fetch_index": "fetch_failure",
    "Q4_fetch_nio": "fetch_failure",
    "Q5_heartbeater": "executor_heartbeat_timeout",
    "Q6_native_oom": "native_memory_exhausted",
    "Q7_k8s_oomkilled": "container_memory_kill",
    "Q8_nosuchmethod": "version_incompatibility",
    "Q9_cannot_run_python": "python_interpreter_mismatch",
}


@pytest.mark.parametrize("name", sorted(APPLICATIONS))
def test_an_application_is_diagnosed_right_or_not_at_all(name: str, tmp_path: Path) -> None:
    (log,) = (FIELD / name / "eventlogs").iterdir()
    known = open_target(str(log), Lake(str(tmp_path / "lake")))
    found = answer(known.evidence, properties=known.properties, status=known.status, found_logs=known.found_logs)
    assert (found.application_status, found.root_cause) == ("failed", APPLICATIONS[name])
    assert LINES[name] in found.evidence[0].line
    assert len(found.evidence) == 1  # stage, job, query and task say the same
    assert found.remediation.properties == REPAIRS.get(name, {})


def test_the_drivers_exit_code_is_told_and_names_no_cause(tmp_path: Path) -> None:
    (log,) = (FIELD / "D1" / "eventlogs").iterdir()
    known = open_target(str(log), Lake(str(tmp_path / "lake")))
    assert any("exited with code 1" in item.message for item in known.evidence)
    found = answer(known.evidence, properties=known.properties, status=known.status, found_logs=known.found_logs)
    assert found.ending == "The application failed. The driver exited with code 1."


@pytest.mark.parametrize("name", sorted(PROBES))
def test_a_single_fact_is_read_carefully(name: str) -> None:
    facts = json.loads((FIELD / "probes" / f"{name}.json").read_text(encoding="utf-8"))
    found = answer([EvidenceItem.model_validate(fact) for fact in facts], properties={})
    assert found.root_cause == PROBES[name]
    if found.root_cause == "unknown":
        assert found.remediation.properties == {}
        assert found.evidence


def test_a_probe_is_expected_of_every_file() -> None:
    assert {path.stem for path in (FIELD / "probes").glob("*.json")} == set(PROBES)
