"""A stream of manifests through the advice, document by document; what is no application passes as it is."""

import argparse
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sparkwright.errors import ConfigError
from sparkwright.launchers.file_asking import Ask, say
from sparkwright.launchers.manifests.advised import (
    advised,
    carried_decision,
    label,
    manifest_request,
    node_at,
    unreadable,
)
from sparkwright.launchers.manifests.patch import patch_of
from sparkwright.launchers.manifests.spark_application import applications_in, is_application, read_application
from sparkwright.spark.own_options import OwnOptions


def manifests(text: str, args: argparse.Namespace, own: OwnOptions, asking: Ask | None) -> Iterator[str]:
    """The documents of a stream in turn, those of applications with what was advised.

    Raises:
        ConfigError: One of an application is a template, or no YAML.
    """
    for mark, body, document in _documents(text):
        yield mark
        is_changed = False
        for path, manifest in list(applications_in(document.content)) if document else ():
            edits = _edits(manifest, args, own, asking)
            if edits:
                document.apply(node_at(document.root, path), edits)
                is_changed = True
        if is_changed and mark and not mark.endswith("\n"):
            yield "\n"
        yield document.text() if is_changed else body


def patches(text: str, args: argparse.Namespace, own: OwnOptions, asking: Ask | None) -> Iterator[str]:
    """One kustomize patch for each application, documents of one stream.

    Raises:
        ConfigError: One of an application is a template, or no YAML.
    """
    from sparkwright.launchers.manifests.yaml_text import plain_yaml

    is_first = True
    for _, _, document in _documents(text):
        for _, manifest in list(applications_in(document.content)) if document else ():
            if not read_application(manifest).has_name:
                say("an application that is named by generateName cannot be patched: left out")
                continue
            if edits := _edits(manifest, args, own, asking):
                yield ("" if is_first else "---\n") + plain_yaml(patch_of(manifest, edits))
                is_first = False


def _documents(text: str) -> Iterator[tuple[str, str, Any]]:
    """Mark, text and, where it holds an application, the parsed document."""
    from sparkwright.launchers.manifests.yaml_text import documents_of, names_spark_application, refuse_template

    number = 0
    for mark, body in documents_of(text):
        if not body.strip():
            yield mark, body, None
            continue
        number += 1
        if not names_spark_application(body):
            say(f"document {number} is no Spark application: left as it is")
            yield mark, body, None
            continue
        try:
            document = _parsed(body, number)
        except ConfigError:
            refuse_template(body, number)
            raise
        if not any(True for _ in applications_in(document.content)):
            say(f"document {number} is no Spark application of a known operator: left as it is")
            yield mark, body, None
            continue
        if is_application(document.content):
            refuse_template(body, number)
        yield mark, body, document


def _parsed(body: str, number: int) -> Any:
    from sparkwright.launchers.manifests.json_text import JsonDocument
    from sparkwright.launchers.manifests.yaml_text import YamlDocument

    if body.lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):
            return JsonDocument(body)
    return YamlDocument(body, number)


def _edits(manifest: Any, args: argparse.Namespace, own: OwnOptions, asking: Ask | None) -> list[Any]:
    application = read_application(manifest, args.namespace)
    name = label(application)
    faults = unreadable(application)
    for fault in faults:
        say(f"{name}: {fault}")
    if asking is None or faults:
        return []
    if (earlier := carried_decision(application)) and not own.override:
        say(f"{name} carries decision {earlier[:64]} already: left as it is")
        return []
    asked = asking(
        manifest_request(
            application,
            workload=own.workload,
            user_name=args.user,
            attempt=own.attempt,
            max_risk=own.max_risk,
            deadline_s=own.deadline_s,
        )
    )
    if asked.advice is None:
        say(f"{name}: no recommendation, left as it is: {asked.fault}")
        return []
    edits, said = advised(application, asked.advice, override=own.override, workload=own.workload)
    for line in said:
        say(f"{name}: {line}")
    return edits
