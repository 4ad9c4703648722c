"""Job runs of EMR Serverless: what ``StartJobRun`` takes, whole or its ``jobDriver`` alone.

Source: the EMR Serverless API, and the supported sizes of workers in its user guide: 1 to 16 vCPUs in powers of two,
each with a largest memory.
"""

import shlex
from typing import Any

from data_contracts.properties.spark import GIB
from sparkwright.errors import ConfigError
from sparkwright.launchers.formats.json_document import (
    Document,
    conf_in,
    object_in,
    object_of,
    objects_in,
    read_json,
    text_in,
    text_of,
    write_json,
)
from sparkwright.launchers.formats.slot import Slot, drop
from sparkwright.launchers.formats.submit_line import name_of, words_with, workload_of
from sparkwright.launchers.inject import Injection
from sparkwright.launchers.spark_rules import SiteCaps
from sparkwright.spark.command_line import SubmitCommand, parse_submit

_LARGEST_GIB = {1: 8, 2: 16, 4: 30, 8: 60, 16: 120}
_DEFAULT_CORES = 4

read, write = read_json, write_json


def slots(document: Document) -> list[Slot]:
    """The job run.

    Raises:
        ConfigError: It is none of Spark, its parameters cannot be read, or a part of it has another type.
    """
    root = object_of(document)
    submit = object_in(object_in(root, "jobDriver") or root, "sparkSubmit")
    if not isinstance(entry := submit.get("entryPoint"), str) or not entry:
        raise ConfigError('expected a job run with {"jobDriver": {"sparkSubmit": {"entryPoint": ...}}}')
    try:
        words = shlex.split(text_in(submit, "sparkSubmitParameters"))
    except ValueError as error:
        raise ConfigError(f"expected options of spark-submit in sparkSubmitParameters: {error}") from error
    command = parse_submit([*words, entry])
    if command.rest != (entry,):
        raise ConfigError(f"expected options of spark-submit in sparkSubmitParameters, got {command.rest[0][:60]!r}")
    properties = {**_defaults(root), **command.properties}
    cores = _cores(properties.get("spark.executor.cores", ""))
    driver_cores = _cores(properties.get("spark.driver.cores", ""))
    return [
        Slot(
            label=text_of(root.get("name")) or name_of(command),
            properties=properties,
            app_name=properties.get("spark.app.name") or text_of(root.get("name")) or name_of(command),
            put=lambda injection: _put(root, submit, command, injection),
            user_name="hadoop",
            workload=workload_of(command),
            platform="unknown",
            caps=SiteCaps(
                _LARGEST_GIB[cores] * GIB, _LARGEST_GIB[driver_cores] * GIB, None, "the largest worker of as many vCPUs"
            ),
            refuse=_refuse,
        )
    ]


def _defaults(root: dict[str, Any]) -> dict[str, str]:
    """Properties of the classification ``spark-defaults``; what ``sparkSubmitParameters`` say wins."""
    found: dict[str, str] = {}
    for one in _classified(root):
        found |= conf_in(one, "properties")
    return found


def _classified(root: dict[str, Any]) -> list[dict[str, Any]]:
    configurations = objects_in(object_in(root, "configurationOverrides"), "applicationConfiguration")
    return [one for one in configurations if text_of(one.get("classification")) == "spark-defaults"]


def _refuse(name: str, value: str) -> str:
    is_size = name in {"spark.executor.cores", "spark.driver.cores"}
    offered = value.isdecimal() and int(value) in _LARGEST_GIB
    return f"a worker has {', '.join(map(str, _LARGEST_GIB))} vCPUs" if is_size and not offered else ""


def _cores(text: str) -> int:
    return int(text) if text.isdecimal() and int(text) in _LARGEST_GIB else _DEFAULT_CORES


def _put(root: dict[str, Any], submit: dict[str, Any], command: SubmitCommand, injection: Injection) -> None:
    for one in _classified(root):
        drop(one.get("properties") or {}, injection)
    *words, _ = words_with(command, injection)
    submit["sparkSubmitParameters"] = shlex.join(words)
