"""Manifests that are wrong, odd or hostile: each comes out as something that Kubernetes reads as it read the input."""

import argparse
import json
from itertools import pairwise

import pytest
import yaml

from sparkwright.errors import ConfigError
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.asking import Asked
from sparkwright.launchers.manifests.stream import manifests, patches
from sparkwright.spark.own_options import OwnOptions

HEAD = "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: n, namespace: etl}\n"
ALLOCATION = {"spark.executor.memory": "4096m", "spark.executor.cores": "2", "spark.sql.shuffle.partitions": "64"}


def printed(text: str, *, override: bool = False, way=manifests) -> str:
    args = argparse.Namespace(override=override, namespace="default", user="")
    return "".join(way(text, args, OwnOptions(override=override), lambda _: Asked(Advice("d1", "w", ALLOCATION, ""))))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("spec: 7\n", "expected a mapping in spec, got a number"),
        ("spec: text\n", "expected a mapping in spec, got text"),
        ("spec: [a]\n", "expected a mapping in spec, got a list"),
        ("spec:\n  sparkConf: 7\n", "expected a mapping in spec.sparkConf, got a number"),
        ("spec:\n  sparkConf: [{a: b}]\n", "expected a mapping in spec.sparkConf, got a list"),
        ("spec:\n  executor: [1]\n", "expected a mapping in spec.executor, got a list"),
        ("spec:\n  driver: true\n", "expected a mapping in spec.driver, got true"),
        ("spec:\n  dynamicAllocation: true\n", "expected a mapping in spec.dynamicAllocation, got true"),
        ("spec:\n  driver: {labels: [a]}\n", "expected a mapping in spec.driver.labels, got a list"),
        ("spec:\n  executor: {memory: [2g]}\n", "expected one value in spec.executor.memory, got a list"),
        ("spec:\n  executor: {memory: {a: 2g}}\n", "expected one value in spec.executor.memory, got an object"),
        ("spec:\n  executor: {memoryLimit: [2g]}\n", "expected one value in spec.executor.memoryLimit, got a list"),
        ("spec:\n  sparkConf: {spark.a: {b: c}}\n", "expected one value in spec.sparkConf for spark.a, got an object"),
    ],
)
@pytest.mark.parametrize("override", [False, True])
def test_a_part_of_the_wrong_type_is_said_and_nothing_is_changed(spec, said, override, capsys):
    assert printed(HEAD + spec, override=override) == HEAD + spec
    assert printed(HEAD + spec, override=override, way=patches) == ""
    assert said in capsys.readouterr().err


def test_a_schedule_whose_template_is_none_and_an_application_of_apache_that_is_a_list(capsys):
    scheduled = HEAD.replace("SparkApplication", "ScheduledSparkApplication") + "spec: {schedule: x, template: t}\n"
    apache = HEAD.replace("sparkoperator.k8s.io/v1beta2", "spark.apache.org/v1") + "spec: {sparkConf: []}\n"
    assert printed(scheduled) == scheduled
    assert printed(apache) == apache
    said = capsys.readouterr().err
    assert "expected a mapping in spec.template, got text" in said
    assert "expected a mapping in spec.sparkConf, got a list" in said


@pytest.mark.parametrize("spec", ["", "spec:\n", "spec:\n  executor:\n  driver: ~\n  sparkConf: null\n"])
def test_what_is_null_is_not_there(spec):
    found = yaml.safe_load(printed(HEAD + spec))["spec"]
    assert found["executor"] == {"memory": "4096m", "cores": 2}
    assert found["sparkConf"]["spark.sparkwright.decisionId"] == "d1"


@pytest.mark.parametrize("circle", ["  x: *s\n", "  hadoopConf:\n    again: *s\n", "  x: [1, [*s]]\n"])
def test_an_alias_that_holds_itself_is_refused(circle):
    with pytest.raises(ConfigError, match=r"expected YAML in document 1 .* alias"):
        printed(f"{HEAD}spec: &s\n  driver: {{}}\n{circle}")


def test_aliases_of_aliases_cost_no_more_than_their_text():
    letters = "abcdefghijklmnopqrstuvwxyz"
    lists = [f"{one}: &{one} [{', '.join([f'*{before}'] * 9)}]\n" for before, one in pairwise(letters)]
    out = printed(f"{HEAD}a: &a [x, x]\n{''.join(lists)}spec: {{executor: {{}}}}\n")
    assert "memory: 4096m" in out
    assert len(out) < 5000


def test_a_scalar_that_an_anchor_shares_changes_in_one_place():
    spec = "spec:\n  executor:\n    memory: &m 2g\n  driver:\n    memory: *m\n"
    found = yaml.safe_load(printed(HEAD + spec, override=True))["spec"]
    assert (found["executor"]["memory"], found["driver"]["memory"]) == ("4096m", "2g")


@pytest.mark.parametrize(
    "tail", ["...\n# the end\n", "...\n", "... # the end\n---\nkind: ConfigMap\n", "...\nkind: ConfigMap\n"]
)
def test_what_stands_behind_the_end_of_a_document_stays(tail):
    out = printed(f"{HEAD}spec:\n  executor: {{}}\n{tail}")
    assert out.endswith(tail)
    assert yaml.safe_load_all(out).__next__()["spec"]["executor"]["cores"] == 2


def test_documents_that_begin_in_the_line_of_their_mark():
    stream = f"--- {{kind: ConfigMap}}\n---\n{HEAD}spec: {{executor: {{}}}}\n--- {{kind: Secret, data: {{a: b}}}}\n"
    out = printed(stream)
    assert out.startswith("--- {kind: ConfigMap}\n---\napiVersion")
    assert out.endswith("--- {kind: Secret, data: {a: b}}\n")
    inline = '--- {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication", "spec": {}}\n'
    [found] = yaml.safe_load_all(printed(inline))
    assert found["spec"]["executor"]["memory"] == "4096m"


MANIFEST = {
    "apiVersion": "sparkoperator.k8s.io/v1beta2",
    "kind": "SparkApplication",
    "metadata": {"name": "ü", "generation": 1e3},
    "spec": {"sparkConf": {"spark.a": 'b"c'}, "executor": {}, "arguments": ["010", True, None]},
}


@pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
def test_json_stays_json(indent):
    text = json.dumps(MANIFEST, indent=indent) + "\n"
    out = printed(text)
    found = json.loads(out)
    assert found["spec"]["executor"] == {"memory": "4096m", "cores": 2}
    assert found["spec"]["sparkConf"]["spark.a"] == 'b"c'
    assert found["spec"]["arguments"] == MANIFEST["spec"]["arguments"]
    assert list(found) == list(MANIFEST)
    assert out.count("\n") == json.dumps(found, indent=indent).count("\n") + 1
    assert printed(out) == out
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": [MANIFEST, {"kind": "ConfigMap"}]}, indent=indent)
    [first, second] = json.loads(printed(listed))["items"]
    assert first["spec"]["executor"]["cores"] == 2
    assert second == {"kind": "ConfigMap"}


def test_json_without_blanks_stays_so():
    out = printed(json.dumps(MANIFEST, separators=(",", ":")))
    assert " " not in out
    assert json.loads(out)["spec"]["executor"]["cores"] == 2
