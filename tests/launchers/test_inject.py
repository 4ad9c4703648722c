"""The one rule of all launchers: properties and advice in, properties and reasons out."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.properties.provenance import DECISION_ID, LAUNCH_ID, WORKLOAD
from data_contracts.properties.spark import RESOURCE_PROPERTIES, same_value
from sparkwright.launchers.advice import Advice, read_advice
from sparkwright.launchers.inject import inject, told
from sparkwright.launchers.spark_rules import SiteCaps, conflicts

GIB = 1024**3
HEAP, OVERHEAD, CORES = "spark.executor.memory", "spark.executor.memoryOverhead", "spark.executor.cores"
YARN = {"spark.master": "yarn"}


def advice(**allocation: str) -> Advice:
    names = {name.replace("__", "."): value for name, value in allocation.items()}
    return Advice("d1", "etl/nightly", names, "", {HEAP: "held in 5 runs"})


def actions(injection) -> dict[str, str]:
    return {one.property: one.action for one in injection.reasons}


def test_what_the_user_did_not_set_is_set_and_joined_to_its_decision():
    properties, reasons = inject(YARN, advice(spark__executor__memory="4g"), launch_id="l1")
    assert properties == {
        LAUNCH_ID: "l1",
        WORKLOAD: "etl/nightly",
        DECISION_ID: "d1",
        "spark.master": "yarn",
        HEAP: "4g",
    }
    assert [(one.property, one.action, one.text) for one in reasons if one.property == HEAP] == [
        (HEAP, "set", "held in 5 runs")
    ]


def test_what_the_user_set_wins_unless_overridden():
    own = {**YARN, HEAP: "2g"}
    kept = inject(own, advice(spark__executor__memory="4g"))
    assert (kept.properties[HEAP], actions(kept)[HEAP], kept.replaced) == ("2g", "kept", frozenset())
    replaced = inject(own, advice(spark__executor__memory="4g"), override=True)
    assert (replaced.properties[HEAP], actions(replaced)[HEAP], replaced.replaced) == ("4g", "replaced", {HEAP})


@pytest.mark.parametrize("override", [False, True])
def test_the_same_size_in_another_unit_is_no_change(override):
    injection = inject({**YARN, HEAP: "2g"}, advice(spark__executor__memory="2048m"), override=override)
    assert (injection.properties[HEAP], actions(injection)[HEAP]) == ("2g", "same")
    assert HEAP not in injection.added


def test_a_mark_that_says_something_else_takes_the_place_of_the_users():
    own = {**YARN, DECISION_ID: "d0", LAUNCH_ID: "l1", WORKLOAD: "mine"}
    anew = inject(own, advice(), override=True, launch_id="l1", workload="told")
    assert anew.replaced == {DECISION_ID, WORKLOAD}
    assert anew.added == {LAUNCH_ID: "l1", WORKLOAD: "told", DECISION_ID: "d1"}


def test_without_advice_only_the_marks_are_added():
    properties, reasons = inject(YARN, None, launch_id="l1", workload="nightly")
    assert properties == {LAUNCH_ID: "l1", WORKLOAD: "nightly", **YARN}
    assert {one.action for one in reasons} == {"mark"}


def test_an_explicit_workload_stays_the_users():
    assert inject({WORKLOAD: "mine"}, advice()).properties[WORKLOAD] == "mine"
    assert inject({WORKLOAD: "mine"}, advice(), workload="told").properties[WORKLOAD] == "told"


def test_two_launchers_on_one_way_advise_once():
    once = inject(YARN, advice(spark__executor__memory="4g"), launch_id="l1")
    again = inject(once.properties, Advice("d2", "etl/nightly", {HEAP: "9g"}, ""), launch_id="l2")
    assert again.properties == once.properties
    assert actions(again) == {"*": "note"}
    anew = inject(once.properties, Advice("d2", "etl/nightly", {HEAP: "9g"}, ""), override=True)
    assert (anew.properties[DECISION_ID], anew.properties[HEAP]) == ("d2", "9g")


@pytest.mark.parametrize(
    ("own", "allocation", "gone"),
    [
        ({HEAP: "8g"}, {HEAP: "4g", OVERHEAD: "512m", CORES: "2"}, {OVERHEAD}),
        ({HEAP: "2g"}, {HEAP: "4g", OVERHEAD: "512m", CORES: "2"}, {CORES}),
        ({"spark.kubernetes.memoryOverheadFactor": "0.4"}, {HEAP: "4g", OVERHEAD: "512m"}, {OVERHEAD}),
    ],
)
def test_what_belongs_to_another_heap_is_left_out(own, allocation, gone):
    injection = inject({**YARN, **own}, Advice("d", "w", allocation, ""))
    assert {one.property for one in injection.reasons if one.action == "left_out"} == gone


@pytest.mark.parametrize(
    ("own", "allocation"),
    [
        ({}, {HEAP: "0"}),
        ({}, {HEAP: "lots"}),
        ({}, {HEAP: "449m"}),
        ({}, {"spark.driver.memory": "100m"}),
        ({}, {CORES: "0"}),
        ({}, {CORES: "1.5"}),
        ({}, {CORES: "100000"}),
        ({}, {HEAP: "900000t"}),
        ({"spark.task.cpus": "4"}, {CORES: "2"}),
        ({}, {"spark.task.cpus": "2"}),
        ({}, {"spark.executor.instances": "0"}),
        ({"spark.dynamicAllocation.enabled": "true"}, {"spark.dynamicAllocation.maxExecutors": "0"}),
        (
            {"spark.dynamicAllocation.enabled": "true", "spark.dynamicAllocation.maxExecutors": "4"},
            {"spark.dynamicAllocation.minExecutors": "9"},
        ),
        ({}, {"spark.memory.offHeap.enabled": "true"}),
        ({}, {"spark.driver.extraJavaOptions": "-Dx"}),
    ],
)
@pytest.mark.parametrize("override", [False, True])
def test_advice_that_spark_would_refuse_is_not_applied(own, allocation, override):
    injection = inject({**YARN, **own}, Advice("d", "w", allocation, ""), override=override)
    assert all(actions(injection)[name] == "refused" for name in allocation)
    assert injection.properties.items() >= own.items()
    assert not allocation.keys() & injection.added.keys()


def test_cores_beyond_all_cores_of_a_standalone_application_are_not_applied():
    own = {"spark.master": "spark://h:7077", "spark.cores.max": "2"}
    assert actions(inject(own, advice(spark__executor__cores="4")))[CORES] == "refused"
    assert actions(inject(YARN | {"spark.cores.max": "2"}, advice(spark__executor__cores="4")))[CORES] == "set"


def test_advice_above_a_cap_of_the_site_is_not_applied_and_a_users_is_said():
    caps = SiteCaps(8 * GIB, 8 * GIB, 4, "yarn-site.xml")
    refused = inject(YARN, advice(spark__executor__memory="8g", spark__executor__cores="2"), caps=caps)
    assert (actions(refused)[HEAP], actions(refused)[CORES]) == ("refused", "refused")
    assert "yarn-site.xml" in told(refused, advice())[0]
    assert actions(inject(YARN, advice(spark__executor__memory="7g"), caps=caps))[HEAP] == "set"
    own = inject({**YARN, HEAP: "16g"}, advice(spark__executor__memory="4g"), caps=caps)
    [line] = told(own, None)
    assert "above the 8192m of yarn-site.xml" in line
    assert f"{HEAP}=16g is yours" in line
    site = inject(YARN, None, site={CORES: "8"}, caps=caps)
    assert "spark.executor.cores=8 is the site's default" in told(site, None)[0]


def test_the_driver_of_cluster_mode_is_held_to_the_cap_too():
    caps = SiteCaps(None, 4 * GIB, None, "yarn-site.xml")
    cluster = YARN | {"spark.submit.deployMode": "cluster"}
    assert actions(inject(cluster, advice(spark__driver__memory="4g"), caps=caps))["spark.driver.memory"] == "refused"
    assert actions(inject(YARN, advice(spark__driver__memory="4g"), caps=caps))["spark.driver.memory"] == "set"


_VALUES = st.sampled_from(["0", "1", "2", "4", "100m", "512m", "4g", "true", "false", "0.4", "x", "infinity", "60s"])
_PROPERTIES = st.dictionaries(st.sampled_from(sorted(RESOURCE_PROPERTIES)), _VALUES, max_size=8)


@given(_PROPERTIES, _PROPERTIES, st.booleans(), st.sampled_from(["yarn", "spark://h:1", "k8s://h", "local[2]"]))
def test_whatever_is_advised_no_conflict_is_added_and_every_property_has_a_reason(own, allocation, override, master):
    own = {"spark.master": master, **own}
    injection = inject(own, Advice("d", "w", allocation, ""), override=override)
    taken = injection.added.keys() - {DECISION_ID, WORKLOAD}
    blamed = [one for one in conflicts(injection.properties, _platform(master)) if taken & set(one.names)]
    assert not blamed
    assert {one.property for one in injection.reasons} >= allocation.keys()
    for name in own:
        if not override:
            assert injection.properties[name] == own[name]
    for one in injection.reasons:
        if one.action in {"set", "replaced", "same"}:
            assert same_value(one.property, injection.properties[one.property], one.advised)


def _platform(master: str) -> str:
    return {"y": "yarn", "s": "standalone", "k": "kubernetes", "l": "local"}[master[0]]


def test_injecting_needs_the_standard_library_alone():
    code = (
        "import sys, sparkwright.launchers.inject, sparkwright.launchers.request, sparkwright.launchers.asking; "
        "print(sorted({'pydantic', 'rich', 'pyarrow', 'yaml', 'httpx'} & sys.modules.keys()))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def capped(*changes: dict, required: dict | None = None, **allocation: str) -> Advice:
    names = {name.replace("__", "."): value for name, value in allocation.items()}
    answer = {"decision_id": "d1", "workload_id": "w", "allocation": names, "policy_changes": list(changes)}
    return read_advice({**answer, "required": required or {}})


def change(name: str, capped: str | None, uncapped: str | None = "64g") -> dict:
    return {"property": name, "uncapped": uncapped, "capped": capped, "policies": ["small"], "text": "at most 16g"}


def test_a_policy_wins_over_the_user_and_says_so():
    own = {**YARN, HEAP: "64g", OVERHEAD: "6g"}
    found = inject(own, capped(change(HEAP, "16g"), spark__executor__memory="16g", spark__executor__cores="2"))
    assert found.properties[HEAP] == "16g"
    assert (actions(found)[HEAP], actions(found)[CORES]) == ("replaced", "set")
    assert "spark.executor.memory=16g (policy small; yours was 64g)" in told(found, capped())[0]


def test_what_a_policy_forbids_is_taken_out_unless_it_protects_the_application():
    own = {**YARN, CORES: "8", "spark.authenticate": "true"}
    found = inject(own, capped(change(CORES, None), change("spark.authenticate", None)))
    assert CORES not in found.properties
    assert found.replaced == {CORES}
    assert found.properties["spark.authenticate"] == "true"
    assert any("take it out yourself" in one.text for one in found.reasons)


def test_a_policy_demands_switches_and_nothing_that_names_code():
    adaptive, plugin = "spark.sql.adaptive.enabled", "spark.plugins"
    changes = [change(adaptive, "true", None), change(plugin, "evil.Plugin", None)]
    found = inject(YARN, capped(*changes, required={adaptive: "true", plugin: "evil.Plugin"}))
    assert found.properties[adaptive] == "true"
    assert plugin not in found.properties
    assert any("could name code" in one.text for one in found.reasons)
