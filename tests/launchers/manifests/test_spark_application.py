"""Manifests as properties and back: units, precedence, limits, and whether the operators' schemas still pass."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.properties.provenance import DECISION_ID, WORKLOAD
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.manifests.advised import advised, manifest_request, unreadable
from sparkwright.launchers.manifests.patch import json_patch_of, patch_of
from sparkwright.launchers.manifests.spark_application import (
    Edit,
    applications_in,
    edits_of,
    is_application,
    read_application,
)
from sparkwright.orchestration import REPOSITORY

SCHEMAS = REPOSITORY / "tests" / "fixtures" / "operators"
KUBEFLOW = json.loads((SCHEMAS / "kubeflow_v1beta2.schema.json").read_text())
APACHE = json.loads((SCHEMAS / "apache_v1.schema.json").read_text())
HEAP, OVERHEAD = "spark.executor.memory", "spark.executor.memoryOverhead"


def kubeflow(kind: str = "SparkApplication", /, **spec: Any) -> dict[str, Any]:
    spec = {
        "type": "Scala",
        "mode": "cluster",
        "sparkVersion": "3.5.3",
        "mainApplicationFile": "local:///app.jar",
        "driver": {},
        "executor": {},
        **spec,
    }
    if kind == "ScheduledSparkApplication":
        spec = {"schedule": "@daily", "template": spec}
    metadata = {"name": "nightly", "namespace": "etl"}
    return {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": kind, "metadata": metadata, "spec": spec}


def apache(**spec: Any) -> dict[str, Any]:
    spec = {"jars": "local:///app.jar", "runtimeVersions": {"sparkVersion": "4.0.0"}, **spec}
    metadata = {"name": "nightly", "namespace": "etl"}
    return {"apiVersion": "spark.apache.org/v1", "kind": "SparkApplication", "metadata": metadata, "spec": spec}


def check(document: dict[str, Any]) -> None:
    schemas = KUBEFLOW if document["apiVersion"].startswith("sparkoperator") else APACHE
    jsonschema.Draft202012Validator(schemas[document["kind"]]).validate(document)


def applied(document: dict[str, Any], edits: list[Edit]) -> dict[str, Any]:
    """The document after the JSON patch, by its own rules."""
    copy = json.loads(json.dumps(document))
    for one in json_patch_of(document, edits):
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in str(one["path"]).split("/")[1:]]
        at = copy
        for step in way:
            at = at[step]
        at[last] = one["value"]
    return copy


def test_a_size_is_sparks_and_a_request_is_kubernetes():
    pod = {"memory": "500m", "memoryOverhead": "1g", "cores": 2, "coreRequest": "500m", "coreLimit": "1200m"}
    document = kubeflow(executor={**pod, "instances": 3}, driver={"memory": 512}, memoryOverheadFactor="0.3")
    properties = read_application(document).properties
    assert properties[HEAP] == "500m", "500 MiB, not half a byte"
    assert properties["spark.driver.memory"] == "512"
    assert properties["spark.kubernetes.executor.request.cores"] == "500m", "half a core"
    assert properties["spark.kubernetes.executor.limit.cores"] == "1200m"
    assert properties["spark.executor.cores"] == "2"
    assert properties["spark.executor.instances"] == "3"
    assert properties[OVERHEAD] == "1g"
    assert properties["spark.kubernetes.memoryOverheadFactor"] == "0.3"


def test_fields_win_over_spark_conf_and_spark_conf_over_the_factor():
    conf = {HEAP: "9g", "spark.kubernetes.memoryOverheadFactor": "0.5", "spark.app.name": "other"}
    document = kubeflow(executor={"memory": "2g"}, memoryOverheadFactor="0.3", sparkConf=conf)
    application = read_application(document)
    assert application.properties[HEAP] == "2g"
    assert application.properties["spark.kubernetes.memoryOverheadFactor"] == "0.5"
    assert application.properties["spark.app.name"] == "nightly"


def test_what_is_advised_goes_where_the_user_has_it_else_into_its_field_else_into_spark_conf():
    conf = {HEAP: "9g"}
    application = read_application(kubeflow(sparkConf=conf))
    edits = dict(edits_of(application, {HEAP: "4g", "spark.executor.cores": "2", "spark.sql.shuffle.partitions": "64"}))
    assert edits == {
        ("spec", "sparkConf", HEAP): "4g",
        ("spec", "executor", "cores"): 2,
        ("spec", "sparkConf", "spark.sql.shuffle.partitions"): "64",
    }
    scheduled = read_application(kubeflow("ScheduledSparkApplication"))
    assert edits_of(scheduled, {HEAP: "4g"}) == [Edit(("spec", "template", "executor", "memory"), "4g")]
    assert edits_of(read_application(apache()), {HEAP: "4g"}) == [Edit(("spec", "sparkConf", HEAP), "4g")]


@pytest.mark.parametrize(
    ("dynamic", "added", "edits"),
    [
        (None, {"enabled": "true"}, {("sparkConf", "spark.dynamicAllocation.enabled"): "true"}),
        ({"enabled": True}, {"maxExecutors": "9"}, {("dynamicAllocation", "maxExecutors"): 9}),
        ({"enabled": True}, {"minExecutors": "0"}, {("sparkConf", "spark.dynamicAllocation.minExecutors"): "0"}),
        ({"enabled": False}, {"maxExecutors": "9"}, {("sparkConf", "spark.dynamicAllocation.maxExecutors"): "9"}),
        ({"enabled": False}, {"enabled": "true"}, {("dynamicAllocation", "enabled"): True}),
    ],
)
def test_dynamic_allocation_is_read_by_the_operator_only_where_it_is_on(dynamic, added, edits):
    document = kubeflow(**({} if dynamic is None else {"dynamicAllocation": dynamic}))
    names = {f"spark.dynamicAllocation.{name}": value for name, value in added.items()}
    assert dict(edits_of(read_application(document), names)) == {("spec", *way): value for way, value in edits.items()}


def test_dynamic_allocation_that_is_off_in_the_manifest_is_the_users():
    document = kubeflow(dynamicAllocation={"enabled": False, "maxExecutors": 4})
    properties = read_application(document).properties
    assert properties["spark.dynamicAllocation.enabled"] == "false"
    assert "spark.dynamicAllocation.maxExecutors" not in properties
    on = read_application(kubeflow(dynamicAllocation={"enabled": True, "shuffleTrackingTimeout": 60000}))
    assert on.properties["spark.dynamicAllocation.shuffleTracking.timeout"] == "60000ms"


@pytest.mark.parametrize(
    ("executor", "is_set"),
    [
        ({"memoryLimit": "4Gi"}, False),
        ({"memoryLimit": "4g"}, False),
        ({"memoryLimit": "5Gi"}, True),
        ({"coreLimit": "1500m"}, True),
        ({"memoryLimit": "soon"}, True),
    ],
)
def test_a_pod_that_kubernetes_would_refuse_is_not_asked_for(executor, is_set):
    application = read_application(kubeflow(executor=executor))
    edits, said = advised(application, Advice("d", "w", {HEAP: "4096m"}, ""))
    assert ((("spec", "executor", "memory"), "4096m") in edits) == is_set
    assert ("above the 4096m of memoryLimit" in said[0]) == (not is_set)


def test_more_cores_than_the_pod_may_have_are_not_asked_for():
    cores = Advice("d", "w", {"spark.executor.cores": "2"}, "")
    refused = advised(read_application(kubeflow(executor={"coreLimit": "1500m"})), cores)
    assert ("spec", "executor", "cores") not in dict(refused.edits)
    requested = read_application(kubeflow(executor={"coreLimit": "1500m", "coreRequest": "500m"}))
    assert dict(advised(requested, cores).edits)["spec", "executor", "cores"] == 2


def test_the_request_names_the_workload_as_the_event_log_will():
    request = manifest_request(read_application(kubeflow(type="Python")), user_name="alice")
    assert (request["app_name"], request["queue"], request["user_name"]) == ("nightly", "etl", "alice")
    assert request["platform"] == "kubernetes"
    assert request["properties"]["spark.kubernetes.resource.type"] == "python"
    run = kubeflow()
    run["metadata"] |= {"name": "nightly-1764444000000000000", "ownerReferences": [{"kind": "x"}]}
    run["metadata"]["ownerReferences"].append({"kind": "ScheduledSparkApplication", "name": "nightly"})
    assert read_application(run).name == "nightly"
    assert manifest_request(read_application(kubeflow(proxyUser="bob")), user_name="x")["user_name"] == "bob"
    assert manifest_request(read_application(apache(sparkConf={"spark.app.name": "n"})))["app_name"] == "n"


def test_sizes_in_the_units_of_kubernetes_are_said_to_be_unreadable():
    [said] = unreadable(read_application(kubeflow(executor={"memory": "4Gi"})))
    assert said.startswith("spark.executor.memory=4Gi: expected a size")


def test_only_manifests_of_the_known_operators_are_applications():
    assert is_application(kubeflow())
    assert not is_application({"apiVersion": "v1", "kind": "SparkApplication"})
    assert not is_application(["x"])
    assert not is_application(None)
    assert [way for way, _ in applications_in({"kind": "List", "items": [{}, kubeflow(), 3]})] == [("items", "1")]


def test_a_patch_names_the_object_and_holds_what_changes():
    document = kubeflow(sparkConf={"spark.a": "b"})
    edits = edits_of(read_application(document), {HEAP: "4g", DECISION_ID: "d1"})
    assert patch_of(document, edits) == {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": "nightly", "namespace": "etl"},
        "spec": {"executor": {"memory": "4g"}, "sparkConf": {DECISION_ID: "d1"}},
    }


_ALLOCATION = st.fixed_dictionaries(
    {},
    optional={
        HEAP: st.sampled_from(["512m", "4096m", "0", "x"]),
        OVERHEAD: st.sampled_from(["384m", "1g"]),
        "spark.executor.cores": st.sampled_from(["1", "4", "0"]),
        "spark.executor.instances": st.sampled_from(["0", "1", "8"]),
        "spark.driver.memory": st.sampled_from(["1g", "100m"]),
        "spark.dynamicAllocation.enabled": st.sampled_from(["true", "false"]),
        "spark.dynamicAllocation.minExecutors": st.sampled_from(["0", "2"]),
        "spark.dynamicAllocation.maxExecutors": st.sampled_from(["4", "infinity"]),
        "spark.dynamicAllocation.shuffleTracking.timeout": st.just("60s"),
        "spark.sql.shuffle.partitions": st.just("64"),
    },
)
_POD = st.fixed_dictionaries(
    {},
    optional={
        "memory": st.sampled_from(["1g", "500m"]),
        "cores": st.sampled_from([1, 2]),
        "memoryOverhead": st.just("1g"),
        "memoryLimit": st.sampled_from(["4Gi", "900m"]),
        "coreLimit": st.just("1500m"),
    },
)
_DOCUMENTS = st.one_of(
    st.builds(
        lambda kind, driver, executor, conf, dynamic: kubeflow(
            kind, driver=driver, executor=executor, sparkConf=conf, dynamicAllocation=dynamic
        ),
        st.sampled_from(["SparkApplication", "ScheduledSparkApplication"]),
        _POD,
        _POD,
        st.dictionaries(st.sampled_from([HEAP, "spark.executor.cores"]), st.sampled_from(["1g", "2"]), max_size=2),
        st.fixed_dictionaries({}, optional={"enabled": st.booleans(), "maxExecutors": st.just(4)}),
    ),
    st.builds(lambda conf: apache(sparkConf=conf), st.dictionaries(st.just(HEAP), st.just("2g"), max_size=1)),
    st.just(apache()),
)


@given(_DOCUMENTS, _ALLOCATION, st.booleans())
def test_whatever_is_advised_the_manifest_keeps_to_its_schema_and_says_what_is_injected(document, allocation, override):
    check(document)
    application = read_application(document)
    edits, _ = advised(application, Advice("d1", "etl/nightly", allocation, ""), override=override)
    changed = applied(document, edits)
    check(changed)
    after = read_application(changed).properties
    assert (after[DECISION_ID], after[WORKLOAD]) == ("d1", "etl/nightly")
    for way, value in edits:
        node: Any = changed
        for step in way:
            node = node[step]
        assert node == value
    if not override:
        kept = application.properties.items()
        assert after.items() >= kept, "what the manifest sets wins"
    patch = patch_of(document, edits)
    assert patch["metadata"] == document["metadata"]


def test_the_schemas_say_where_they_come_from():
    for path in Path(SCHEMAS).glob("*.schema.json"):
        assert "Apache-2.0" in json.loads(path.read_text())["comment"]


def test_what_nobody_may_set_is_removed_by_the_json_patch_and_null_in_the_other():
    document = kubeflow(executor={"memory": "2g"}, sparkConf={"spark.a": "b", HEAP: "3g"})
    edits = edits_of(read_application(document), {}, {HEAP, "spark.a", "spark.nowhere"})
    removed = {str(one["path"]) for one in json_patch_of(document, edits)}
    assert removed == {"/spec/sparkConf/spark.a", f"/spec/sparkConf/{HEAP}", "/spec/executor/memory"}
    assert {one["op"] for one in json_patch_of(document, edits)} == {"remove"}
    assert patch_of(document, edits)["spec"] == {
        "executor": {"memory": None},
        "sparkConf": {"spark.a": None, HEAP: None},
    }
