"""Manifests are read as Kubernetes reads them, whatever ruamel or YAML 1.2 would make of a value."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.errors import ConfigError
from sparkwright.launchers.manifests.kubernetes_yaml import read_as_kubernetes, resolved
from sparkwright.launchers.manifests.spark_application import Edit, read_application
from sparkwright.launchers.manifests.yaml_text import YamlDocument, plain_yaml
from tests.support.thorough import draws

# What kubectl 1.32 makes of plain scalars: `kubectl patch --local -f FILE --type=merge -p {} -o json`.
KUBECTL = {
    **{"010": 8, "0o10": 8, "0O10": 8, "-010": -8, "+010": 8, "0777": 511, "01_0": 8, "-0o10": -8, "00": 0},
    **{"08": 8, "019": 19, "09.5": 9.5, "0_8": 8, "012.5": 12.5, "12e03": 12000, "1_0e3": 10000},
    **{"0x1F": 31, "0X1f": 31, "0x_1F": 31, "0b11": 3, "-0b11": -3, "0B11": 3, "0o8": "0o8", "0b2": "0b2"},
    **{"1_000": 1000, "1_000.5": 1000.5, "1__0": 10, "_1": "_1", "0_": 0, "+12": 12, "-0": 0},
    **{"1:30": "1:30", "1_0:30": "1_0:30", "2020-01-01": "2020-01-01", "2001-12-14t21:59:43Z": "2001-12-14t21:59:43Z"},
    **dict.fromkeys(("yes", "Yes", "YES", "y", "Y", "on", "On", "ON", "true", "True", "TRUE"), True),
    **dict.fromkeys(("no", "No", "NO", "n", "N", "off", "Off", "OFF", "false", "False", "FALSE"), False),
    **dict.fromkeys(("~", "null", "Null", "NULL"), None),
    **{"yEs": "yEs", "oN": "oN", "nULL": "nULL", "tRUE": "tRUE", "=": "="},
    **{"1e3": 1000, "1.5e3": 1500, ".5": 0.5, "5.": 5, "-.5": -0.5, "+.5": 0.5, "0.10": 0.1, "1e400": "1e400"},
    **{
        "2g": "2g",
        "1200m": "1200m",
        "0.5g": "0.5g",
        "1.2.3": "1.2.3",
        **{text: text for text in ("0x_", "0b_", "0o_", "-_", "+_", "2020-13-45", "2020-02-30t25:00:00Z")},
        **{"0x1FFFFFFFFFFFFFFFFF": "0x1FFFFFFFFFFFFFFFFF", "-0xFFFFFFFFFFFFFFFF": "-0xFFFFFFFFFFFFFFFF"},
        **{"-9223372036854775808": -(2**63), "0777777777777777777777777": 777777777777777777777777.0},
        **{"!foo 010": "010", '!foo "on"': "on", "! 010": "010", "!!map a": "a", "!!binary aGk=": "hi"},
        **{"!!int '010'": 8, "!!int 0x10": 16, "!!float '0x10'": 16, "!!float 1.5": 1.5, "!!float 3": 3},
        **{"!!bool 'yes'": True, "!!bool off": False, "!!null ''": None, "!!null '~'": None},
        "'010'": "010",
        '"on"': "on",
        "!!str 010": "010",
    },
}

REFUSED = ["!!bool maybe", "!!bool 1", "!!int x", "!!int 1.5", "!!int yes", "!!float yes", "!!null x", "!!binary x"]

HEAD = """\
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: etl, namespace: prod}
spec:
"""


@pytest.mark.parametrize(("text", "value"), KUBECTL.items())
def test_a_scalar_is_what_kubectl_makes_of_it(text, value):
    found = read_as_kubernetes(f"a: {text}\n")["a"]
    assert (found, type(found)) == (value, type(value))


def by_kubectl(folder: Path, texts: list[str]) -> list[object]:
    """What kubectl makes of plain scalars."""
    file = folder / "file.yaml"
    values = "".join(f"  k{number}: {text}\n" for number, text in enumerate(texts))
    file.write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\nvalues:\n{values}")
    command = ["kubectl", "patch", "--local", "-f", str(file), "--type=merge", "-p", "{}", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["values"]
    return [found[f"k{number}"] for number in range(len(texts))]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_makes_that_of_them_and_of_others(tmp_path):
    chance = draws(3)
    others = ["".join(chance.choices("001279_+-.eExXoObBaf:", k=chance.randint(1, 7))) for _ in range(2_000)]
    texts = [*KUBECTL, *(text for text in others if text[-1] != ":" and text != "-")]
    found = by_kubectl(tmp_path, texts)
    assert dict(zip(texts, found, strict=True)) | KUBECTL == dict(zip(texts, found, strict=True))
    differing = [
        (text, ours, theirs)
        for text, theirs in zip(texts[len(KUBECTL) :], found[len(KUBECTL) :], strict=True)
        if (ours := resolved(text)) != theirs
    ]
    assert differing == []


@pytest.mark.parametrize("text", REFUSED)
def test_a_value_that_is_not_what_its_tag_says_is_refused(text):
    with pytest.raises(ConfigError, match="expected YAML in document 3: .*" + text.split()[0].strip("!")):
        YamlDocument(f"a: {text}\n", 3)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.parametrize("text", REFUSED)
def test_kubectl_refuses_it_too(text, tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        by_kubectl(tmp_path, [text])


MERGES = """\
d: &d {memory: 4g, cores: 1}
e: &e {memory: 9g, x: {p: 1}}
f: &f {memory: 1g, <<: *d, x: 2}
"""
KUBECTL_MERGES = {
    "{memory: 2g, cores: 3, <<: *d}": {"memory": "4g", "cores": 1},
    "{<<: *d, memory: 2g, cores: 3}": {"memory": "2g", "cores": 3},
    "{memory: 2g, <<: [*d, *e], cores: 3}": {"memory": "4g", "cores": 3, "x": {"p": 1}},
    "{x: 2, cores: 3, <<: *e}": {"memory": "9g", "cores": 3, "x": {"p": 1}},
    "{memory: 2g, cores: 3, <<: *f}": {"memory": "4g", "cores": 1, "x": 2},
    "{memory: 2g, '<<': *d}": {"memory": "2g", "<<": {"memory": "4g", "cores": 1}},
}


@pytest.mark.parametrize(("text", "value"), KUBECTL_MERGES.items())
def test_of_a_key_and_a_merge_that_brings_it_the_later_one_wins(text, value):
    assert read_as_kubernetes(f"{MERGES}a: {text}\n")["a"] == value


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_merges_like_that(tmp_path):
    anchors = [line.partition(": ")[2] for line in MERGES.splitlines()]
    found = by_kubectl(tmp_path, [*anchors, *KUBECTL_MERGES])
    assert found[len(anchors) :] == list(KUBECTL_MERGES.values())


@pytest.mark.parametrize("text", [text for text in KUBECTL_MERGES if "'<<'" not in text])
@pytest.mark.parametrize(
    ("key", "value"), [("memory", "16g"), ("cores", 8), ("instances", 2), ("memory", None), ("cores", None)]
)
def test_a_change_counts_on_either_side_of_a_merge_key(text, key, value):
    document = YamlDocument(f"{MERGES}a: {text}\n", 1)
    before = document.content
    document.apply(document.root, [Edit(("a", key), value)])
    after = read_as_kubernetes(document.text())
    changed = {name: one for name, one in before["a"].items() if name != key}
    assert after == before | {"a": changed if value is None else changed | {key: value}}


def test_a_change_counts_below_a_mapping_that_a_merge_key_overrides():
    text = "d: &d\n  x: {p: 1, z: 2}\na:\n  w: 1 # ours\n  x: {p: 5}\n  <<: *d\n"
    document = YamlDocument(text, 1)
    document.apply(document.root, [Edit(("a", "x", "p"), 7), Edit(("a", "v"), True), Edit(("a", "w"), 2)])
    assert read_as_kubernetes(document.text()) == {
        "d": {"x": {"p": 1, "z": 2}},
        "a": {"w": 2, "v": True, "x": {"p": 7, "z": 2}},
    }
    assert "<<: *d" in document.text()
    assert "# ours" in document.text()


def test_a_change_keeps_what_merges_of_merges_bring():
    text = "d: &d {x: {p: 1, q: 2}}\ne: &e\n  x: {p: 3}\n  <<: *d\na:\n  <<: *e\n"
    document = YamlDocument(text, 1)
    document.apply(document.root, [Edit(("a", "x", "p"), 7)])
    assert read_as_kubernetes(document.text())["a"] == {"x": {"p": 7, "q": 2}}


KEPT = [
    "0x_",
    "-_",
    "2020-13-45",
    "010",
    "True",
    "1_000",
    "5.",
    "!!str 010",
    "! 010",
    "!!int '010'",
    "!!bool 'yes'",
    "!foo 010",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_kubectl_takes_is_kept_as_it_is_written(text):
    document = YamlDocument(f"a: {text}\nb: 1\n", 1)
    document.apply(document.root, [Edit(("b",), 2)])
    assert document.text() == f"a: {text}\nb: 2\n".replace("!!str 010", "'010'").replace("! 010", "'010'")


def test_a_key_with_a_tag_is_the_key_it_says():
    document = YamlDocument("!!str spec: {!!int 5: a}\n", 1)
    document.apply(document.root, [Edit(("spec", "b"), 2)])
    assert read_as_kubernetes(document.text()) == {"spec": {"5": "a", "b": 2}}


def test_a_manifest_is_asked_about_as_the_operator_runs_it():
    spec = (
        "  executor: {cores: 010, instances: 0o2, memory: 2g}\n  dynamicAllocation: {enabled: on, maxExecutors: 1_0}\n"
    )
    conf = "  sparkConf: {spark.task.cpus: 0x2, spark.speculation: yes, 'spark.network.timeout': '010'}\n"
    application = read_application(YamlDocument(HEAD + spec + conf, 1).content)
    wanted = {
        "spark.executor.cores": "8",
        "spark.executor.instances": "2",
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.maxExecutors": "10",
        "spark.task.cpus": "2",
        "spark.speculation": "true",
        "spark.network.timeout": "010",
    }
    assert {name: application.properties[name] for name in wanted} == wanted


def test_what_is_not_advised_stays_as_it_is_written():
    document = YamlDocument(HEAD + "  executor:\n    cores: 010 # eight\n    memory: 1g\n", 1)
    document.apply(document.root, [Edit(("spec", "executor", "memory"), "2g")])
    assert document.text() == HEAD + "  executor:\n    cores: 010 # eight\n    memory: 2g\n"


@pytest.mark.parametrize("text", [text for text, value in KUBECTL.items() if not isinstance(value, str)])
def test_a_text_that_is_put_in_is_a_text_to_kubernetes(text):
    edits = [Edit(("spec", "sparkConf", "spark.app.name"), text)]
    document = YamlDocument(HEAD + "  sparkConf: {a: b}\n", 1)
    document.apply(document.root, edits)
    for written in (document.text(), plain_yaml({"spec": {"sparkConf": {"spark.app.name": text}}})):
        assert read_as_kubernetes(written)["spec"]["sparkConf"]["spark.app.name"] == text


def test_aliases_and_merges_say_what_they_say_elsewhere():
    text = "a: &a {p: 010, q: on}\nb: &b {q: off, z: [1, *a]}\nc:\n  <<: [*a, *b]\n  p: 1\nd: {<<: *b}\n'<<': {q: 1}\n"
    found = read_as_kubernetes(text)
    assert found["c"] == {"p": 1, "q": True, "z": [1, {"p": 8, "q": True}]}
    assert found["d"] == found["b"] == {"q": False, "z": [1, {"p": 8, "q": True}]}
    assert found["<<"] == {"q": 1}
    assert read_as_kubernetes("y: 1\n010: 2\n'no': 3\n~: 4\n") == {"true": 1, "8": 2, "no": 3, "null": 4}


INNER = st.text("ab \n:#-'\"", max_size=6)
VALUES = st.recursive(INNER, lambda one: st.lists(one) | st.dictionaries(st.text("ab", min_size=1), one), max_leaves=12)


@given(VALUES)
def test_texts_lists_and_mappings_are_those_of_any_reader(value):
    written = yaml.safe_dump({"a": value})
    assert read_as_kubernetes(written) == yaml.safe_load(written)
