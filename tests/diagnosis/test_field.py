"""Whole inputs and single facts after public reports; nothing of them lies in this project."""

import json
from pathlib import Path

import pytest

from data_contracts.api import EvidenceItem
from sparkwright.advisor.targets import open_target
from sparkwright.diagnosis.answer import answer
from sparkwright.lake import Lake

FIELD = Path(__file__).parents[3] / "shared" / "data" / "field"
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="../shared/data/field is not there")

# Right, or honestly unknown where no cause of the taxonomy fits.
APPLICATIONS = {"D1": "unknown", "D2": "unknown", "D3": "unknown", "D5": "unknown", "D7": "disk_full"}
LINES = {
    "D1": "ConcurrentAppendException",
    "D2": "(Too many open files)",
    "D3": "Error Code: SlowDown",
    "D5": "Python in worker has different version 3.5 than that in driver 3.7",
    "D7": "low on resource: ephemeral-storage",
}
PROBES = {
    "P10_ssl": "unknown",
    "P12_pyarrow": "unknown",
    "P14_driver_svc_dns": "connection_refused",
    "P16_metastore": "unknown",
    "P18_yarn143": "executor_lost",
    "P20_yarn_task137": "executor_lost",
    "P2_rpc_size": "unknown",
    "P4_serialVersionUID": "unknown",
    "P6_yarn_max": "resource_starvation",
    "P8_snappy_lib": "unknown",
    "Q10_conn_refused_metastore": "connection_refused",
    "Q11_k8s_sa": "unknown",
    "Q1_yarn_memory": "container_memory_kill",
    "Q2_maxResultSize": "driver_result_size_exceeded",
    "Q3_fetch_index": "fetch_failure",
    "Q4_fetch_nio": "fetch_failure",
    "Q5_heartbeater": "unknown",
    "Q6_native_oom": "unknown",
    "Q7_k8s_oomkilled": "container_memory_kill",
    "Q8_nosuchmethod": "missing_class",
    "Q9_cannot_run_python": "unknown",
}


@pytest.mark.parametrize("name", sorted(APPLICATIONS))
def test_an_application_is_diagnosed_right_or_not_at_all(name: str, tmp_path: Path) -> None:
    (log,) = (FIELD / name / "eventlogs").iterdir()
    known = open_target(str(log), Lake(str(tmp_path / "lake")))
    found = answer(known.evidence, properties=known.properties, status=known.status, found_logs=known.surroundings)
    assert (found.application_status, found.root_cause) == ("failed", APPLICATIONS[name])
    assert LINES[name] in found.evidence[0].line
    assert len(found.evidence) == 1  # stage, job, query and task say the same
    assert found.remediation.properties == {}


def test_the_drivers_exit_code_is_told_and_names_no_cause(tmp_path: Path) -> None:
    (log,) = (FIELD / "D1" / "eventlogs").iterdir()
    known = open_target(str(log), Lake(str(tmp_path / "lake")))
    assert any("exited with code 1" in item.message for item in known.evidence)
    found = answer(known.evidence, properties=known.properties, status=known.status, found_logs=known.surroundings)
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
