"""Render the endpoints' requests and answers as typed dictionaries: a typed client then needs no pydantic.

Run ``python -m data_contracts.api.typed_answers > sparkwright/client/answers.py``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from data_contracts.api import (
    batch,
    diagnosis,
    diagnosis_job,
    explanation,
    feedback,
    listing,
    policies,
    problem,
    recommendation,
    report,
    requirements,
    status,
)

MODELS: Final[tuple[type[BaseModel], ...]] = (
    recommendation.RecommendRequest,
    diagnosis.DiagnoseRequest,
    feedback.FeedbackRequest,
    explanation.ExplainRequest,
    recommendation.Recommendation,
    batch.RecommendBatchAnswer,
    diagnosis.Diagnosis,
    diagnosis_job.DiagnosisJobRequest,
    diagnosis_job.DiagnosisJob,
    explanation.Explanation,
    feedback.FeedbackAnswer,
    status.ServiceStatus,
    listing.ListedDecision,
    listing.WorkloadList,
    listing.WorkloadDetail,
    listing.ApplicationList,
    report.Report,
    requirements.RequirementsRequest,
    requirements.RequirementsAnswer,
    policies.PolicyList,
    policies.PolicyCheckRequest,
    policies.PolicyFindings,
    problem.Problem,
)

_HEAD = '''"""The service's requests and answers as JSON: timestamps are ISO 8601 strings.

Rendered from `data_contracts/` by `make docs`; edit the contracts, not this file. They and /openapi.json say what the
fields mean. A request may omit fields that are not required; so may the answer of an older service.
"""

from typing import Any, Literal, NotRequired, TypedDict
'''
_LINE_LENGTH = 120
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def render() -> str:
    """Return the module of typed dictionaries."""
    _, document = models_json_schema([(model, "validation") for model in MODELS])
    definitions = document["$defs"]
    done: dict[str, str] = {}
    for name in definitions:
        _define(name, definitions, done)
    return "\n\n".join([_HEAD, *(text for text in done.values() if text)])


def _define(name: str, definitions: Mapping[str, Any], done: dict[str, str]) -> None:
    """Add a definition after those it refers to."""
    if name in done or not _is_typed(definitions[name]):
        return
    fields = definitions[name]["properties"]
    for other in _named(fields):
        _define(other, definitions, done)
    done[name] = "\n".join(_lines(name, definitions))


def _lines(name: str, definitions: Mapping[str, Any]) -> Iterator[str]:
    definition = definitions[name]
    yield f"class {_class(name)}(TypedDict):"
    yield f'    """{definition.get("description", "").splitlines()[0]}"""\n'
    for field, schema in definition["properties"].items():
        text = _type(schema, definitions)
        yield _folded(f"    {field}: {text if field in definition.get('required', ()) else f'NotRequired[{text}]'}")
    yield ""


def _type(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return _class(name) if _is_typed(definitions[name]) else "dict[str, str]"
    if "anyOf" in schema:
        return " | ".join(_type(one, definitions) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(_literal(value) for value in values)}]"
    if schema.get("type") == "array":
        return f"list[{_type(schema.get('items', {}), definitions)}]"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {_type(values, definitions) if isinstance(values, Mapping) else 'Any'}]"
    return _SCALARS[schema["type"]] if "type" in schema else "Any"


def _folded(line: str) -> str:
    """Return the line, with one word of a Literal per line if it is too long, as ruff formats it."""
    if len(line) <= _LINE_LENGTH:
        return line
    head, words, tail = re.split(r"(?<=Literal)\[|(?<=\")\]", line, maxsplit=2)
    return "\n".join([f"{head}[", *(f"        {word}," for word in words.split(", ")), f"    ]{tail}"])


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _is_typed(definition: Mapping[str, Any]) -> bool:
    """Return whether it can be a class; ``spark.*`` properties have names that no class attribute can have."""
    return all(name.isidentifier() for name in definition.get("properties", {".": None}))


_PLAIN = "recommendation"


def _class(name: str) -> str:
    """Return the class name; pydantic prefixes names shared by modules: only the recommendation's stays plain."""
    *_, module, plain = name.split("__") if "__" in name else (_PLAIN, name)
    return plain if module == _PLAIN else f"{module.title()}{plain}"


def _named(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(ref := schema.get("$ref"), str):
            yield ref.removeprefix("#/$defs/")
        for value in schema.values():
            yield from _named(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _named(value)


if __name__ == "__main__":
    print(render(), end="")
