import json

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from data_contracts.policy import Bound, Budget, Forbidden, Policy, PolicyScope
from sparkwright.errors import ConfigError
from sparkwright.policy.export import EXPORTS, IMPORTS
from tests.support.thorough import relaxed

FULL = Policy(
    name="full",
    bounds={"spark.executor.cores": Bound(min="1", max="4"), "spark.executor.memory": Bound(max="8g")},
    forbids=[Forbidden(property="spark.jars"), Forbidden(property="spark.task.cpus", values=["2"])],
    requires={"spark.sql.adaptive.enabled": "true"},
    budgets=[
        Budget(measure="memory_gib", max=512),
        Budget(measure="cores", max=10.5),
        Budget(measure="executors", max=40),
        Budget(measure="cost_usd", max=5, per="day"),
    ],
)
SCOPED = Policy(
    name="scoped",
    scope=PolicyScope(queues=["etl"], users=["ann"]),
    requires={"spark.executor.cores": "2"},
    budgets=[Budget(measure="cores", max=100)],
)


def said(policy):
    """Every rule of a policy, as exports name what they leave out."""
    return {
        *(f"bounds.{name}" for name in policy.bounds),
        *(f"forbids {one.property}" for one in policy.forbids),
        *(f"requires {name}" for name in policy.requires),
        *(f"budget of {one.measure} a {one.per}" for one in policy.budgets),
    }


def merged(policies):
    rules = set()
    for policy in policies:
        rules |= said(policy)
    return rules


@pytest.mark.parametrize("target", EXPORTS)
@pytest.mark.parametrize("policy", [FULL, SCOPED])
def test_what_an_export_does_not_read_back_it_names(target, policy):
    exported = EXPORTS[target]([policy])
    back = IMPORTS[target](exported.text)
    left = {rule for rule in said(policy) if any(rule in text for text in exported.left)}
    whole = any(text.endswith("left out") for text in exported.left)
    assert whole or merged(back) | left >= said(policy)
    if not whole:
        assert not merged(back) & {rule for rule in left if f"{policy.name}: {rule}: " in " ".join(exported.left)} - {
            f"requires {name}" for name in policy.requires
        }
    for one in back:
        for name, value in one.requires.items():
            assert policy.requires[name] == value
        for name, bound in one.bounds.items():
            assert policy.bounds[name] == bound
        for budget in one.budgets:
            assert budget in policy.budgets
        for forbidden in one.forbids:
            assert forbidden in policy.forbids


def test_each_system_gets_what_it_can_say():
    told = json.loads(EXPORTS["databricks"]([FULL]).text)
    assert told["spark_conf.spark.executor.cores"] == {"type": "range", "minValue": 1, "maxValue": 4}
    assert told["spark_conf.spark.jars"] == {"type": "forbidden"}
    assert told["num_workers"] == {"type": "range", "maxValue": 40}
    queues = yaml.safe_load(EXPORTS["yunikorn"]([FULL, SCOPED]).text)["partitions"][0]["queues"][0]
    assert queues["resources"]["max"] == {"memory": "512Gi", "vcore": "10500m"}
    assert queues["queues"][0]["limits"][0] == {"limit": "ann", "users": ["ann"], "maxresources": {"vcore": "100"}}
    kyuubi = EXPORTS["kyuubi"]([FULL, Policy(name="u", scope={"users": ["ann"]}, requires={"spark.x": "1"})]).text
    assert "___ann___.spark.x=1" in kyuubi
    assert "kyuubi.session.conf.restrict.list=spark.jars" in kyuubi
    assert "kyuubi.session.conf.ignore.list=spark.sql.adaptive.enabled" in kyuubi
    assert "spark.sql.adaptive.enabled true" in EXPORTS["spark-defaults"]([FULL]).text


values = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@relaxed(50)
@given(
    st.dictionaries(st.from_regex(r"spark\.[a-z]{1,8}\.[a-zA-Z]{1,8}", fullmatch=True), values, min_size=1, max_size=5)
)
@example({"spark.a.b": "=0", "spark.a.c": ":", "spark.a.d": "=", "spark.a.e": "#!", "spark.a.f": "a=b:c"})
def test_required_values_come_back_as_they_are(requires):
    policy = Policy(name="p", requires=requires)
    for target in ("spark-defaults", "databricks", "kyuubi"):
        [back] = IMPORTS[target](EXPORTS[target]([policy]).text)
        assert back.requires == requires, target


@pytest.mark.parametrize("target", ["databricks", "yunikorn"])
@pytest.mark.parametrize("text", ["", "[]", "{", "a: 1", '{"a": 3}', "partitions: [{queues: 3}]"])
def test_what_is_no_file_of_the_system_is_refused(target, text):
    with pytest.raises(ConfigError):
        IMPORTS[target](text)


def test_a_queue_file_is_read_as_yunikorn_reads_it_into_texts():
    text = (
        "partitions:\n- name: default\n  queues:\n  - name: root\n    queues:\n"
        "    - {name: on, resources: {max: {memory: 010Gi, vcore: 010}}, "
        "limits: [{users: [no, 1:30], maxresources: {vcore: 08}}]}\n"
    )
    by_scope = {(*one.scope.queues, *one.scope.users): one.budgets for one in IMPORTS["yunikorn"](text)}
    assert [(one.measure, one.max) for one in by_scope["on",]] == [("memory_gib", 10), ("cores", 10)]
    assert [(one.measure, one.max) for one in by_scope["on", "no", "1:30"]] == [("cores", 8)]
