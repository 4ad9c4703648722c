"""Our tables of fields and the schemas that manifests are checked with, held to the operators' own definitions."""

import json
from typing import Any

import pytest

from sparkwright.launchers.manifests.fields import FIELD_OF, FLAG, KINDS, KUBEFLOW, MILLISECONDS, TEXT, WHOLE
from sparkwright.orchestration import REPOSITORY

FOLDER = REPOSITORY / "tests" / "fixtures" / "operators"
DEFINED = json.loads((FOLDER / "definition_fields.json").read_text())
KUBEFLOW_SCHEMAS = json.loads((FOLDER / "kubeflow_v1beta2.schema.json").read_text())
APACHE_SCHEMAS = json.loads((FOLDER / "apache_v1.schema.json").read_text())
TYPES = {TEXT: {"string"}, WHOLE: {"int32", "int32 from 1"}, FLAG: {"boolean"}, MILLISECONDS: {"int64"}}


def fields(operator: str, path: str) -> dict[str, str]:
    """The fields that a definition has below a path, with what it says of each."""
    return dict(line.split(": ", 1) for line in DEFINED[operator][path])


@pytest.mark.parametrize(("name", "path", "kind"), [(name, *of) for name, of in FIELD_OF.items()])
def test_every_field_that_we_read_and_write_is_defined_with_our_type(name, path, kind):
    group, field = path
    assert fields("kubeflow", f"spec.{group}")[field] in TYPES[kind]


def test_every_field_of_dynamic_allocation_is_in_our_table():
    ours = {path[1] for path, _ in FIELD_OF.values() if path[0] == "dynamicAllocation"}
    assert ours == fields("kubeflow", "spec.dynamicAllocation").keys()


def test_every_field_of_a_pod_that_is_a_size_is_read():
    for side in ("driver", "executor"):
        sizes = {
            name for name in fields("kubeflow", f"spec.{side}") if name.startswith(("core", "memory", "instances"))
        }
        ours = {path[1] for path, _ in FIELD_OF.values() if path[0] == side}
        assert sizes - ours == {"memoryLimit"}, "it bounds what is asked for, and is no property"


@pytest.mark.parametrize("operator", ["kubeflow", "apache"])
def test_properties_go_into_a_map_of_strings(operator):
    assert fields(operator, "spec")["sparkConf"] == "map of strings"


def test_a_schedule_holds_an_application_where_we_look_for_it():
    [path] = [path for (group, kind), path in KINDS.items() if (group, kind) == (KUBEFLOW, "ScheduledSparkApplication")]
    assert path == ("spec", "template")
    assert fields("kubeflow scheduled", "spec")["template"].startswith("object")


def said(field: dict[str, Any], *, required: bool) -> str:
    """What a JSON Schema says of a field, in the notation of ``definition_fields.json``."""
    kind = field.get("format") or field.get("type", "object")
    if "enum" in field:
        kind = " | ".join(sorted(field["enum"]))
    elif kind == "array":
        kind = "strings" if field.get("items", {}).get("type") == "string" else "list"
    elif field.get("additionalProperties") == {"type": "string"}:
        kind = "map of strings"
    kind += f" from {field['minimum']}" if "minimum" in field else ""
    return f"{kind}, required" if required else str(kind)


def at(schema: dict[str, Any], path: str) -> dict[str, Any]:
    for step in filter(None, path.split(".")):
        schema = schema["properties"][step]
    return schema


@pytest.mark.parametrize(
    ("operator", "schemas", "kind", "path", "below"),
    [
        *(
            ("kubeflow", KUBEFLOW_SCHEMAS, kind, path, path.replace("spec", below, 1))
            for kind, below in (("SparkApplication", "spec"), ("ScheduledSparkApplication", "spec.template"))
            for path in ("spec", "spec.driver", "spec.executor", "spec.dynamicAllocation")
        ),
        ("kubeflow scheduled", KUBEFLOW_SCHEMAS, "ScheduledSparkApplication", "spec", "spec"),
        ("apache", APACHE_SCHEMAS, "SparkApplication", "spec", "spec"),
        ("apache", APACHE_SCHEMAS, "SparkApplication", "spec.runtimeVersions", "spec.runtimeVersions"),
    ],
)
def test_the_schemas_say_of_a_field_what_the_definition_says(operator, schemas, kind, path, below):
    schema, defined = at(schemas[kind], below), fields(operator, path)
    required = schema.get("required", [])
    ours = {name: said(field, required=name in required) for name, field in schema["properties"].items()}
    assert {name: what for name, what in ours.items() if name in defined} == {
        name: defined[name] for name in ours if name in defined
    }
    assert {name for name, what in defined.items() if what.endswith("required")} <= ours.keys()
