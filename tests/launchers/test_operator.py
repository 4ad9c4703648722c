"""`sparkwright operator`: a stream of manifests in, the same out with what was advised."""

import os
import subprocess
import sys
import time
from difflib import unified_diff

import pytest
import yaml

from tests.launchers.answering import OneAnswer

OPERATOR = [sys.executable, "-m", "sparkwright.cli", "operator"]
ALLOCATION = {"spark.executor.memory": "4096m", "spark.executor.cores": "2", "spark.sql.shuffle.partitions": "64"}

MANIFEST = """\
# Nightly orders.
apiVersion: "sparkoperator.k8s.io/v1beta2"
kind: SparkApplication
metadata:
  name: nightly  # the name stays
  namespace: etl
spec:
  type: Python
  mode: cluster
  sparkVersion: '3.5.3'
  mainApplicationFile: local:///app.py
  arguments:
    - "--day"
    - 010   # YAML 1.1 would call this eight
    - yes
  batchScheduler: yunikorn
  batchSchedulerOptions: {queue: root.etl, resources: {cpu: 500m}}
  sparkConf:
    "spark.acme.note": 'as it is'
  driver:
    cores: 1
    memory: "512m"
  executor:
    instances: 2
    memory: 500m   # MiB
    # GiB of this node pool
    coreRequest: 500m
  restartPolicy:
    type: Never
    futureField: >-
      folded
      text
# The end.
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name:   settings}   # spacing and {{ braces }} of another kind are nobody's business
data:
    alert: "{{ $labels.instance }}"
"""


@pytest.fixture
def service(home, misbehaving_service, monkeypatch) -> OneAnswer:
    one = OneAnswer(ALLOCATION)
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(one))
    return one


def operator(text: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **environ}
    return subprocess.run([*OPERATOR, *words], input=text, capture_output=True, text=True, env=environment, timeout=60)


def changes(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]


def test_only_what_is_advised_changes_in_the_text(service):
    done = operator(MANIFEST)
    assert done.returncode == 0, done.stderr
    assert changes(MANIFEST, done.stdout) == [
        "+    spark.sparkwright.workload: etl/nightly",
        "+    spark.sparkwright.decisionId: d1",
        "+    spark.sql.shuffle.partitions: '64'",
    ]
    assert "SparkApplication nightly: decision d1: spark.executor.memory=500m (yours; advised 4096m)" in done.stderr
    assert "spark.executor.cores left out, it does not fit yours" in done.stderr
    [(_, request)] = service.asked
    assert request["queue"] == "etl"
    assert request["properties"]["spark.executor.memory"] == "500m"


def test_with_override_a_value_changes_in_its_place_and_keeps_its_comment(service):
    done = operator(MANIFEST, "--override")
    assert "-    memory: 500m   # MiB" in changes(MANIFEST, done.stdout)
    assert "+    memory: 4096m  # MiB" in changes(MANIFEST, done.stdout)


def test_what_comes_out_goes_through_a_second_time_unchanged(service):
    once = operator(MANIFEST).stdout
    twice = operator(once)
    assert twice.stdout == once
    assert "carries decision d1 already" in twice.stderr
    assert len(service.asked) == 1


def test_documents_of_another_kind_pass_byte_for_byte_with_a_note(service):
    stream = f"# first\n{CONFIG_MAP}--- # of ours\n{MANIFEST}---\n\n---\n{CONFIG_MAP}"
    done = operator(stream)
    first, second, third, fourth = done.stdout.split("---")
    assert first == f"# first\n{CONFIG_MAP}"
    assert second.startswith(" # of ours\n# Nightly orders.")
    assert (third, fourth) == ("\n\n", f"\n{CONFIG_MAP}")
    assert done.stderr.count("is no Spark application") == 2


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "just text\n", "[1, 2]\n", "kind: SparkApplication\n"])
def test_what_is_no_manifest_passes_as_it_is(service, text):
    done = operator(text)
    assert (done.returncode, done.stdout, service.asked) == (0, text, [])


@pytest.mark.parametrize(
    "template",
    [
        MANIFEST.replace("name: nightly", "name: {{ .Release.Name }}"),
        MANIFEST.replace("'3.5.3'", "'{{ .Values.version }}'"),
        MANIFEST.replace("  driver:\n", "  {{- if .Values.driver }}\n  driver:\n"),
        MANIFEST.replace("mode: cluster", "mode: cluster {% if x %}"),
    ],
)
def test_a_template_is_refused_with_the_line_and_what_to_do(service, template):
    done = operator(template)
    assert (done.returncode, done.stdout, service.asked) == (2, "", [])
    assert "expected rendered YAML, got a template in line" in done.stderr
    assert "helm template" in done.stderr


def test_braces_in_a_comment_are_no_template(service):
    assert operator(MANIFEST.replace("# MiB", "# {{ MiB }}")).returncode == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MANIFEST.replace("  driver:\n", "  driver: [\n"), "expected YAML in document 2"),
        (MANIFEST.replace("    instances: 2\n", "    instances: 2\n    instances: 3\n"), "duplicate key"),
    ],
)
def test_broken_yaml_prints_nothing_at_all(service, text, said):
    done = operator(f"{MANIFEST}---\n{text}")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


ANCHORS = """\
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: n, namespace: etl}
spec:
  sparkVersion: 3.5.3
  driver: &pod
    coreRequest: 500m  # shared
  executor: *pod
  sparkConf: &conf
    spark.a: b
  hadoopConf: *conf
"""


def test_what_an_anchor_shares_is_parted_before_it_changes(service):
    found = yaml.safe_load(operator(ANCHORS).stdout)["spec"]
    assert found["driver"] == {"coreRequest": "500m"}
    assert found["executor"] == {"coreRequest": "500m", "memory": "4096m", "cores": 2}
    assert found["hadoopConf"] == {"spark.a": "b"}
    assert found["sparkConf"]["spark.sql.shuffle.partitions"] == "64"


def test_a_merge_key_gets_a_value_beside_it_and_its_source_none(service):
    text = ANCHORS.replace("  executor: *pod\n", "  executor:\n    <<: *pod\n    instances: 3\n")
    printed = operator(text).stdout
    found = yaml.safe_load(printed)["spec"]
    assert "<<: *pod" in printed
    assert found["driver"] == {"coreRequest": "500m"}
    assert found["executor"] == {"coreRequest": "500m", "instances": 3, "memory": "4096m", "cores": 2}


def test_a_value_before_a_merge_key_that_overrides_it_is_read_and_changed_as_kubectl_reads_it(service):
    text = ANCHORS.replace("  executor: *pod\n", "  executor:\n    coreRequest: 2\n    memory: 1g\n    <<: *pod\n")
    text = text.replace("  driver: &pod\n", "  driver: &pod\n    memory: 3g\n")
    done = operator(text, "--override")
    found = yaml.safe_load(done.stdout)["spec"]
    assert [request["properties"]["spark.executor.memory"] for _, request in service.asked] == ["3g"]
    assert done.stdout.index("<<: *pod") < done.stdout.index("memory: 4096m")
    assert (found["driver"]["memory"], found["executor"]["memory"]) == ("3g", "4096m")


def test_labels_that_ruamel_cannot_read_stop_no_stream(service):
    labels = "  labels: {rev: 0x_, made: 2020-13-45, low: -_}\n"
    done = operator(MANIFEST.replace("metadata:\n", f"metadata:\n{labels}", 1))
    assert done.returncode == 0, done.stderr
    assert labels in done.stdout
    assert "decisionId: d1" in done.stdout


INDENTED = """\
apiVersion: sparkoperator.k8s.io/v1beta2
kind: ScheduledSparkApplication
metadata:
    name: nightly
    namespace: etl
spec:
    schedule: "@every 5m"
    template:
        sparkVersion: 3.5.3
        deps:
            jars:
                - local:///a.jar
        executor:
            instances: 1
        # the last word
"""


def test_a_schedule_and_its_own_indentation(service):
    done = operator(INDENTED)
    taken = [line for line in changes(INDENTED, done.stdout) if line.startswith("-")]
    assert taken == []
    template = yaml.safe_load(done.stdout)["spec"]["template"]
    assert template["executor"] == {"instances": 1, "memory": "4096m", "cores": 2}
    assert template["sparkConf"]["spark.sparkwright.decisionId"] == "d1"
    assert service.asked[0][1]["app_name"] == "nightly"


APACHE = """\
apiVersion: spark.apache.org/v1
kind: SparkApplication
metadata:
  name: pi
spec:
  jars: "local:///opt/spark/examples/jars/spark-examples.jar"
  sparkConf:
    spark.executor.memory: "2g"
    spark.kubernetes.container.image: "apache/spark:4.0.0"
  runtimeVersions:
    sparkVersion: "4.0.0"
"""


def test_apaches_operator_has_everything_in_spark_conf(service):
    done = operator(APACHE, "--override", "--namespace", "team-a")
    assert '    spark.executor.memory: "4096m"' in done.stdout, "in the quotes it had"
    assert service.asked[0][1]["queue"] == "team-a"
    conf = yaml.safe_load(done.stdout)["spec"]["sparkConf"]
    assert all(isinstance(value, str) for value in conf.values())


def test_json_and_lists_of_kubectl_are_understood(service):
    text = '{"apiVersion": "v1", "kind": "List", "items": [{"kind": "Pod"}, ' + (
        '{"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication", "metadata": {"name": "n"}, '
        '"spec": {"executor": {"memory": "8g"}}}]}'
    )
    found = yaml.safe_load(operator(text).stdout)
    assert found["items"][1]["spec"]["executor"] == {"memory": "8g", "cores": 2}
    assert found["items"][0] == {"kind": "Pod"}


def test_a_patch_for_kustomize_holds_nothing_else(service):
    done = operator(f"{CONFIG_MAP}---\n{MANIFEST}---\n{INDENTED}", "--patch")
    one, two = yaml.safe_load_all(done.stdout)
    assert one["spec"] == {
        "sparkConf": {
            "spark.sparkwright.workload": "etl/nightly",
            "spark.sparkwright.decisionId": "d1",
            "spark.sql.shuffle.partitions": "64",
        },
    }
    assert two["spec"].keys() == {"template"}
    unnamed = operator(MANIFEST.replace("name: nightly", "generateName: nightly-"), "--patch")
    assert (unnamed.returncode, unnamed.stdout) == (0, "")
    assert "generateName" in unnamed.stderr


def test_a_manifest_with_neither_conf_nor_sizes_gets_both(service):
    bare = "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: n}\n"
    found = yaml.safe_load(operator(bare).stdout)["spec"]
    assert found["executor"] == {"memory": "4096m", "cores": 2}
    for spec in ("spec:\n", "spec: {}\n", "spec:\n  executor:\n  sparkConf: {}\n"):
        assert yaml.safe_load(operator(bare + spec).stdout)["spec"] == found


def test_what_is_told_of_a_run_reaches_the_service(service):
    options = [
        "--workload",
        "w",
        "--user",
        "alice",
        "--input",
        "3g",
        "--attempt",
        "2",
        "--max-risk",
        "1%",
        "--deadline",
        "1h",
    ]
    operator(MANIFEST, *options)
    wanted = {"workload": "w", "user_name": "alice", "input_bytes": 3 * 1024**3, "attempt": 2, "max_risk": 0.01}
    assert service.asked[0][1].items() >= {**wanted, "deadline_ms": 3_600_000}.items()
    assert operator(MANIFEST, "--attempt", "none").returncode == 2


def silent(connection):
    time.sleep(10)


def lying(connection):
    OneAnswer({"spark.executor.memory": "1", "spark.executor.cores": "0", "spark.driver.memory": "900000t"})(connection)


def dangerous(connection):
    OneAnswer({"spark.driver.extraJavaOptions": "-Dx"})(connection)


@pytest.mark.parametrize("behaviour", [silent, dangerous, None])
def test_without_advice_everything_comes_out_as_it_came_within_the_time(
    home, misbehaving_service, closed_port, monkeypatch, behaviour
):
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(behaviour) if behaviour else closed_port)
    stream = "---\n".join([MANIFEST] * 5)
    began = time.monotonic()
    done = operator(stream)
    assert (done.returncode, done.stdout) == (0, stream)
    assert done.stderr.count("left as it is") == 5
    assert time.monotonic() - began < 2 + 4  # and the start of Python; five that waited each take ten


def test_an_answer_that_spark_would_refuse_is_not_applied(home, misbehaving_service, monkeypatch):
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(lying))
    done = operator(APACHE.replace('    spark.executor.memory: "2g"\n', ""))
    conf = yaml.safe_load(done.stdout)["spec"]["sparkConf"]
    assert not {"spark.executor.memory", "spark.executor.cores", "spark.driver.memory"} & conf.keys()
    assert done.stderr.count("not applied") == 3


def test_a_manifest_that_is_wrong_costs_the_others_nothing(service):
    wrong = APACHE.replace('"2g"', '"2Gi"')
    done = operator(f"{wrong}---\n{MANIFEST}")
    first, second = yaml.safe_load_all(done.stdout)
    assert first == yaml.safe_load(wrong)
    assert second["spec"]["sparkConf"]["spark.sparkwright.decisionId"] == "d1"
    assert "spark.executor.memory=2Gi: expected a size" in done.stderr
    assert len(service.asked) == 1


@pytest.mark.parametrize("kind", ["CustomResourceDefinition", "ConfigMap"])
def test_what_only_names_the_kind_is_not_even_parsed(service, kind):
    text = f"kind: {kind}\nspec:\n  names:\n    kind: SparkApplication\n  {{{{ no yaml at all\n"
    done = operator(text)
    assert (done.returncode, done.stdout, service.asked) == (0, text, [])


def test_flow_style_windows_lines_and_other_alphabets(service):
    flow = "{apiVersion: sparkoperator.k8s.io/v1beta2, kind: SparkApplication, metadata: {name: ü}, spec: {}}\n"
    latin = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(OPERATOR, input=flow.encode(), capture_output=True, env=latin, timeout=60)
    assert yaml.safe_load(done.stdout)["spec"]["executor"]["cores"] == 2
    assert "ü".encode() in done.stdout
    windows = MANIFEST.replace("\n", "\r\n")
    line = subprocess.run(OPERATOR, input=windows.encode(), capture_output=True, timeout=60)
    assert line.stdout.count(b"\r\n") == line.stdout.count(b"\n") == windows.count("\n") + 3


def test_switched_off_nobody_is_asked(service):
    done = operator(MANIFEST, SPARKWRIGHT_OFF="1")
    assert (done.returncode, done.stdout, service.asked) == (0, MANIFEST, [])
    assert "SPARKWRIGHT_OFF" in done.stderr


def test_no_secret_of_a_manifest_is_told_or_shown(service):
    text = MANIFEST.replace("    \"spark.acme.note\": 'as it is'\n", "    spark.acme.password: hunter2hunter2\n")
    done = operator(text)
    assert "hunter2hunter2" in done.stdout, "it is the manifest's own"
    assert "hunter2" not in done.stderr
    assert "hunter2" not in str(service.asked)


def test_wrong_input_is_an_error_that_says_so(service, tmp_path):
    assert operator("", str(tmp_path / "none.yaml")).returncode == 2
    binary = subprocess.run(OPERATOR, input=b"\xff\xfe", capture_output=True)
    assert (binary.returncode, b"UTF-8" in binary.stderr) == (2, True)


FORBIDDEN = {"policy_changes": [{"property": "spark.acme.note", "capped": None, "policies": ["no notes"]}]}


def test_what_a_policy_lets_nobody_set_is_taken_out_where_it_stands(service):
    service.answer |= FORBIDDEN
    done = operator(MANIFEST)
    assert "-    \"spark.acme.note\": 'as it is'" in changes(MANIFEST, done.stdout)
    assert "no notes" in done.stderr
    patch = yaml.safe_load(operator(MANIFEST, "--patch").stdout)
    assert patch["spec"]["sparkConf"]["spark.acme.note"] is None
    merged = MANIFEST.replace("  sparkConf:\n", "  hadoopConf: &conf\n    a: b\n  sparkConf:\n    <<: *conf\n")
    found = yaml.safe_load(operator(merged).stdout)["spec"]
    assert found["hadoopConf"] == {"a": "b"}
    assert found["sparkConf"].keys() >= {"a", "spark.sparkwright.decisionId"}
    assert "spark.acme.note" not in found["sparkConf"]


def test_a_field_that_a_policy_lets_nobody_set_goes_from_both_places(service):
    service.answer |= {
        "allocation": {},
        "policy_changes": [{"property": "spark.executor.memory", "capped": None, "policies": ["ours"]}],
    }
    text = MANIFEST.replace("  sparkConf:\n", "  sparkConf:\n    spark.executor.memory: 3g\n")
    found = yaml.safe_load(operator(text).stdout)["spec"]
    assert "memory" not in found["executor"]
    assert "spark.executor.memory" not in found["sparkConf"]
    assert found["executor"]["coreRequest"] == "500m"
