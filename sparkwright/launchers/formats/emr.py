"""Steps of EMR on EC2: what ``aws emr add-steps --steps file://...`` and ``AddJobFlowSteps`` take.

Source: ``StepConfig`` of the EMR API (``HadoopJarStep`` with command-runner.jar), and the shorthand of the AWS CLI,
where a step of type ``Spark`` holds the arguments of spark-submit alone.
"""

from typing import Any

from sparkwright.errors import ConfigError
from sparkwright.launchers.formats.json_document import (
    Document,
    list_in,
    object_in,
    objects_in,
    read_json,
    text_of,
    write_json,
)
from sparkwright.launchers.formats.slot import Slot
from sparkwright.launchers.formats.submit_line import name_of, parse_line, words_with, workload_of
from sparkwright.launchers.inject import Injection
from sparkwright.parsing.json_values import kind_of
from sparkwright.spark.command_line import SubmitCommand

read, write = read_json, write_json


def slots(document: Document) -> list[Slot]:
    """The steps that submit a Spark application.

    Raises:
        ConfigError: There are no steps, or a part of them has another type.
    """
    root = {"Steps": document} if isinstance(document, list) else document
    steps = objects_in(root if "Steps" in root else {"Steps": [document]}, "Steps")
    if not any(_holder(step) for step in steps):
        raise ConfigError(
            'expected EMR steps that run spark-submit: [{"Name": ..., "Type": "Spark", "Args": [...]}], or with '
            "HadoopJarStep and command-runner.jar, alone or under Steps"
        )
    return [slot for step in steps if (slot := _slot(step)) is not None]


def _holder(step: dict[str, Any]) -> tuple[dict[str, Any], list[str]] | None:
    """What holds ``Args``, and the words in front of spark-submit's own; None where the step runs something else."""
    is_shorthand = "HadoopJarStep" not in step
    holder = step if is_shorthand else object_in(step, "HadoopJarStep")
    is_spark = is_shorthand and text_of(step.get("Type")).lower() == "spark"
    if not is_spark and text_of(holder.get("Jar")) != "command-runner.jar":
        return None
    args = list_in(holder, "Args")
    for word in args:
        if not isinstance(word, str):
            raise ConfigError(f"expected a list of text in Args, got {kind_of(word)} in it: write each word in quotes")
    if is_spark:
        return holder, []
    return (holder, args[:1]) if args and args[0].rpartition("/")[2] == "spark-submit" else None


def _slot(step: dict[str, Any]) -> Slot | None:
    found = _holder(step)
    if found is None:
        return None
    holder, front = found
    command = parse_line(holder["Args"][len(front) :])
    if command is None:
        return None

    def put(injection: Injection, command: SubmitCommand = command) -> None:
        holder["Args"] = [*front, *words_with(command, injection)]

    return Slot(
        label=text_of(step.get("Name")) or name_of(command),
        properties=command.properties,
        app_name=name_of(command),
        put=put,
        user_name=command.proxy_user or "hadoop",  # steps run as this user
        workload=workload_of(command),
    )
