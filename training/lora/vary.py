"""Vary failures without changing their cause: another vendor's version, path or log format, a red herring."""

import dataclasses
import random
import re
from collections.abc import Sequence

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.taxonomy import Strength
from training.lora import fillers

_VERSIONS = ("3.1.2", "3.3.4", "3.5.1-amzn-0", "3.4.1.cdp7", "2.4.8.7.1", "3.5.0-databricks", "3.3.2-dataproc", "4.0.0")
_VERSION = re.compile(r"\b[234]\.\d\.\d+(?:[-.][a-z]+[\d.-]*)?\b")
_PATH = re.compile(r"(?<![\w:/])/(?:[\w.=-]+/)+[\w.=-]+")
_HEADS = (
    "26/11/29 04:53:4{n} ERROR Executor: ",
    "2026-03-01 12:00:0{n},119 [task-result-getter-{n}] ERROR TaskSetManager: ",
    "[2026-03-01T12:00:0{n}Z] {{driver}} ERROR - ",
    "stderr | ",
    "\tat ",
)
_EMPTY_TALK = (
    "INFO SparkContext: Running Spark version {version}",
    "WARN NativeCodeLoader: Unable to load native-hadoop library for your platform",
    "INFO YarnClientSchedulerBackend: SchedulerBackend is ready for scheduling",
    "WARN MetricsConfig: Cannot locate configuration: tried hadoop-metrics2-s3a-file-system.properties",
    "INFO Utils: Successfully started service 'SparkUI' on port {port}",
    "WARN SparkConf: The configuration key 'spark.yarn.executor.memoryOverhead' has been deprecated",
)


def vary(case: Case, rng: random.Random, noise: Sequence[EvidenceItem] = ()) -> Case:
    """A variation of the case; the case itself if the variation would change what its facts point to.

    Args:
        case: A failure with its cause.
        rng: Random numbers.
        noise: Facts of healthy applications, one of which may be added as a red herring.
    """
    items = [_varied(item, rng) for item in case.items]
    if noise and rng.random() < 0.5:
        items.append(rng.choice(noise).model_copy(update={"evidence_id": f"e{len(items) + 1}"}))
    varied = dataclasses.replace(case, items=tuple(items))
    return varied if points_to(varied) == points_to(case) else case


def points_to(case: Case) -> dict[str, Strength]:
    """The causes with a specific mark in the facts, and the case's own cause if it has any mark, by strength."""
    marks = rules.marked(case.items)
    spelled_out = {name: strength for name, strength in marks.items() if strength is Strength.SPECIFIC}
    own = {case.root_cause: marks[case.root_cause]} if case.root_cause in marks else {}
    return spelled_out | own


def _varied(item: EvidenceItem, rng: random.Random) -> EvidenceItem:
    text = _VERSION.sub(lambda _: rng.choice(_VERSIONS), item.message)
    text = _PATH.sub(lambda _: fillers.fill("{path}", rng), text)
    if rng.random() < 0.3:
        talk = rng.choice(_EMPTY_TALK).format(version=rng.choice(_VERSIONS), port=rng.randint(4040, 4060))
        text = f"{talk}\n{text}"
    elif rng.random() < 0.3:
        text = rng.choice(_HEADS).format(n=rng.randint(0, 9)) + text
    return item.model_copy(update={"message": text[:4000]})
