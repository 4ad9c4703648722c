"""Arguments of ``sparkwright operator``, and the way of a stream of manifests through it."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sparkwright.errors import ConfigError, reason
from sparkwright.launchers.asking import Asked, ask
from sparkwright.launchers.environment import LauncherEnvironment, read_environment
from sparkwright.launchers.manifest_patch import patch_of
from sparkwright.launchers.manifests import advised, carried_decision, label, manifest_request, node_at, unreadable
from sparkwright.launchers.spark_application import applications_in, is_application, read_application
from sparkwright.redaction import redact_text
from sparkwright.spark.own_options import OwnOptions, take_value

Ask = Callable[[dict[str, object]], Asked]


def operator_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe ``operator``."""
    parser.description = (
        "Puts the recommended allocation into manifests of Spark operators: SparkApplication and "
        "ScheduledSparkApplication of Kubeflow (sparkoperator.k8s.io/v1beta2) and SparkApplication of Apache "
        "(spark.apache.org). Reads YAML or JSON, also of several documents, and prints it with comments, order and "
        "unknown fields kept; documents of another kind pass as they are. What the manifest sets wins. Without an "
        "answer in time it is printed as it came."
    )
    parser.add_argument("file", nargs="?", default="-", help="manifests; `-`, the default: standard input")
    parser.add_argument("--patch", action="store_true", help="print a kustomize patch instead of the manifests")
    parser.add_argument("--override", action="store_true", help="let the recommendation win over the manifest")
    parser.add_argument("--namespace", default="default", help="of manifests that do not say (default: default)")
    parser.add_argument("--user", default="", help="as event logs name the user (default: proxyUser, else spark)")
    add_told_options(parser)


def add_told_options(parser: argparse.ArgumentParser) -> None:
    """What every launcher may be told of a run beside its properties."""
    parser.add_argument("--workload", metavar="KEY", help="explicit key of the recurring workload")
    parser.add_argument("--input", action="append", metavar="BYTES|PATHS", help="what the run will read; repeatable")
    parser.add_argument("--attempt", metavar="N", help="2 for the first retry (default: 1)")
    parser.add_argument("--max-risk", metavar="P", help="P(death) accepted; at most the service's")
    parser.add_argument("--deadline", metavar="TIME", help="by when it must have ended, with a retry: 90m, 1h30m")


def told_options(args: argparse.Namespace) -> OwnOptions:
    """What was told, checked.

    Raises:
        ConfigError: A value that cannot be one.
    """
    own = OwnOptions(override=args.override)
    for flag in ("--workload", "--attempt", "--max-risk", "--deadline"):
        value = getattr(args, flag[2:].replace("-", "_"))
        own = own if value is None else take_value(own, flag, value)
    return replace(own, inputs=tuple(args.input or ()))


def operator_run(args: argparse.Namespace) -> int:
    """Print the manifests, or the patch, with what was advised."""
    own = told_options(args)
    text = read_text(args.file)
    asking = asking_within(own)
    pieces = patches(text, args, own, asking) if args.patch else manifests(text, args, own, asking)
    write_text("".join(pieces))  # all or nothing: an error in the last document prints no first one
    return 0


def read_text(file: str) -> str:
    """What a file holds, or standard input where it is ``-``.

    Raises:
        ConfigError: It cannot be read, is too long, or nothing is piped in.
    """
    from sparkwright.launchers.operator_yaml import MAX_BYTES

    if file == "-" and sys.stdin.isatty():
        raise ConfigError("expected a file, or something piped into standard input, got a terminal")
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else Path(file).read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"expected UTF-8 text in {file}: {reason(error)}") from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"expected at most {MAX_BYTES} bytes, got more in {file}")
    return text


def write_text(text: str) -> None:
    """Print it as UTF-8, whatever the locale says."""
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def asking_within(own: OwnOptions) -> Ask | None:
    """What asks the service about one application after the other, all of them within the launcher's time limit.

    None where Sparkwright is switched off, or where its settings cannot be used: then everything passes as it is.
    """
    try:
        where = read_environment()
    except ConfigError as error:
        say(f"no recommendation: {error}")
        return None
    if where.off:
        say("switched off by SPARKWRIGHT_OFF")
        return None
    until = time.monotonic() + where.timeout_s
    size = _input_bytes(own, where)
    failed: list[str] = []

    def asking(request: dict[str, object]) -> Asked:
        if failed:  # one that did not answer would cost each of them the time again
            return Asked(fault=f"not asked again: {failed[0]}")
        asked = ask({**request, **({} if size is None else {"input_bytes": size})}, where, until - time.monotonic())
        if asked.is_unreachable:
            failed.append(asked.fault)
        return asked

    return asking


def _input_bytes(own: OwnOptions, where: LauncherEnvironment) -> int | None:
    if not own.inputs:
        return None
    from sparkwright.launchers.input_size import input_size

    size, fault = input_size(own.inputs, 0.75 * where.timeout_s)
    if fault:
        say(f"the size of the input is not known: {fault}")
    return size


def say(text: str) -> None:
    """Tell a person; the output belongs to a program."""
    print(f"sparkwright: {redact_text(text)}", file=sys.stderr, flush=True)


def manifests(text: str, args: argparse.Namespace, own: OwnOptions, asking: Ask | None) -> Iterator[str]:
    """The documents of a stream in turn, those of applications with what was advised.

    Raises:
        ConfigError: One of an application is a template, or no YAML.
    """
    for mark, body, document in _documents(text):
        yield mark
        is_changed = False
        for path, manifest in list(applications_in(document.root)) if document else ():
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
    from sparkwright.launchers.operator_yaml import plain_yaml

    is_first = True
    for _, _, document in _documents(text):
        for _, manifest in list(applications_in(document.root)) if document else ():
            if not read_application(manifest).has_name:
                say("an application that is named by generateName cannot be patched: left out")
                continue
            if edits := _edits(manifest, args, own, asking):
                yield ("" if is_first else "---\n") + plain_yaml(patch_of(manifest, edits))
                is_first = False


def _documents(text: str) -> Iterator[tuple[str, str, Any]]:
    """Mark, text and, where it holds an application, the parsed document."""
    from sparkwright.launchers.operator_yaml import documents_of, names_spark_application, refuse_template

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
        if not any(True for _ in applications_in(document.root)):
            say(f"document {number} is no Spark application of a known operator: left as it is")
            yield mark, body, None
            continue
        if is_application(document.root):
            refuse_template(body, number)
        yield mark, body, document


def _parsed(body: str, number: int) -> Any:
    from sparkwright.launchers.operator_json import JsonDocument
    from sparkwright.launchers.operator_yaml import YamlDocument

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
