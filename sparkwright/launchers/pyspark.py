"""Properties with advice for a session that a Python program starts itself.

    import sparkwright
    from pyspark.sql import SparkSession

    advised = sparkwright.advise("nightly_orders", {"spark.executor.cores": "4"})
    spark = SparkSession.builder.config(map=advised).getOrCreate()

Standard library only. PySpark is asked whether it runs something already, and imported only under ``spark-submit``,
whose line is known to the JVM alone.
"""

import importlib
import os
import shlex
import sys
import time
import uuid
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from data_contracts.properties.provenance import DECISION_ID, WORKLOAD
from sparkwright.environment import API_KEY
from sparkwright.errors import ConfigError, MissingProgramError
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.asking import ask
from sparkwright.launchers.environment import LauncherEnvironment, read_environment
from sparkwright.launchers.inject import Injection, inject, told
from sparkwright.launchers.input_size import input_size
from sparkwright.launchers.spark_submit.submission import SparkSubmit, Submission, find_spark_submit, read_submission
from sparkwright.redaction import redact_text
from sparkwright.spark.command_line import SubmitCommand, parse_submit
from sparkwright.spark.own_options import OwnOptions, options_of

_OF_DRIVERS_JVM = frozenset({"spark.driver.cores", "spark.driver.memory", "spark.driver.memoryOverhead"})
"""Read when the driver's JVM starts: later they are a wrong line in the event log and nothing else."""
_INPUT_SHARE = 0.75


def advise(
    workload: str,
    properties: Mapping[str, object] | None = None,
    *,
    inputs: Sequence[str] = (),
    attempt: int = 1,
    max_risk: float | None = None,
    deadline_s: float | None = None,
    override: bool = False,
) -> dict[str, str]:
    """The properties to build a session with: yours, what is advised beside them, and the decision's mark.

    Never slower than ``SPARKWRIGHT_LAUNCHER_TIMEOUT_S``, and yours alone where there is no advice; a line on standard
    error says what was advised or why nothing was. Where advice could not take effect, a :class:`UserWarning` says why
    and nobody is asked: a context runs already, or the session is one of Spark Connect, whose server has its memory.

    Args:
        workload: Key of the recurring workload: the same for every run of it.
        properties: What you set; it wins. What ``PYSPARK_SUBMIT_ARGS`` or the line of ``spark-submit`` set counts, too.
        inputs: Sizes (``12g``) and places of what the run will read.
        attempt: 2 for the first retry.
        max_risk: P(death) that is accepted, above 0 and at most 0.5; it can only lower the service's own bound.
        deadline_s: Seconds after its start by which the run must have ended, with a retry.
        override: Whether the advice wins over what you set.

    Raises:
        ConfigError: An argument that cannot be one.
    """
    own_options = options_of(workload, inputs, attempt, max_risk, deadline_s, override=override)
    own = {name: _text(value) for name, value in (properties or {}).items() if value is not None}
    if why := _too_late(own, workload):
        if why != _RUNS_ADVISED:
            warnings.warn(f"sparkwright: no advice for {workload}: {why}", UserWarning, stacklevel=2)
        return own
    try:
        where = read_environment()
        submission = _submission(own, own_options)
    except (ConfigError, ValueError) as error:
        _say(f"no recommendation, going on as written: {error}")
        return own
    if where.off:
        _say("switched off by SPARKWRIGHT_OFF")
        return own
    if (earlier := submission.explicit.get(DECISION_ID)) and not override:
        _say(f"carries decision {earlier[:64]} already: left as it is")
        return own
    advice = _advice(submission, where)
    if advice is None:
        return {**own, WORKLOAD: workload}
    fixed = _fixed_in(submission)
    for name in sorted(fixed & advice.allocation.keys()):
        if submission.explicit.get(name) != advice.allocation[name]:
            value = advice.allocation[name]
            text = f"sparkwright: {name}={value} is advised and not set: the driver's JVM has its own already"
            warnings.warn(f"{text}; set it where that is started", UserWarning, stacklevel=2)
    kept = {name: value for name, value in advice.allocation.items() if name not in fixed}
    injection = _injection(submission, replace(advice, allocation=kept))
    for line in told(injection, advice):
        _say(line)
    gone = injection.replaced - injection.properties.keys()
    return {name: value for name, value in {**own, **injection.added}.items() if name not in gone}


_RUNS_ADVISED = "the session that runs was advised for it"


def _too_late(own: Mapping[str, str], workload: str) -> str:
    """Why advice would change nothing; empty where it may."""
    context = _spark_context()
    running = getattr(context, "_active_spark_context", None)
    if running is not None:
        conf = running.getConf()
        if conf.get(WORKLOAD) == workload.strip() and conf.get(DECISION_ID):  # a notebook's cell, run again
            return _RUNS_ADVISED
        return f"the context of {running.appName} runs already and keeps its resources; spark.stop() ends it"
    remote = own.get("spark.remote") or os.environ.get("SPARK_REMOTE") or ""
    mode = own.get("spark.api.mode") or os.environ.get("SPARK_API_MODE") or ""
    is_connect = "SPARK_CONNECT_MODE_ENABLED" in os.environ or mode.strip().lower() == "connect"
    if remote or is_connect or own.get("spark.master", "").startswith("sc://"):
        place = redact_text(remote or own.get("spark.master", "")) or "Spark Connect"
        return f"a session of {place} takes what its server was started with; advise that"
    return ""


def _spark_context() -> Any:
    """PySpark's class of contexts, where this process has imported it."""
    for name in ("pyspark.core.context", "pyspark.context"):  # Spark 4, Spark 3
        if (module := sys.modules.get(name)) is not None:
            return getattr(module, "SparkContext", None)
    return None


def _submission(own: Mapping[str, str], options: OwnOptions) -> Submission:
    """What PySpark would submit: your properties over those of the line that starts, or started, the JVM."""
    command = parse_submit(shlex.split(os.environ.get("PYSPARK_SUBMIT_ARGS", "pyspark-shell")))
    environ = _without_key()
    try:
        spark = find_spark_submit(environ)
    except MissingProgramError:  # not ours to tell: PySpark will
        spark = SparkSubmit(Path("spark-submit"), environ, Path(environ.get("SPARK_CONF_DIR") or "/nonexistent"))
    submission = read_submission(SubmitCommand(command.options, command.rest, options), spark)
    below = _submitted_with()
    return replace(
        submission,
        explicit={**submission.explicit, **below, **own},
        effective={**submission.effective, **below, **own},
    )


def _submitted_with() -> dict[str, str]:
    """Under ``spark-submit`` what its line and files set, which the JVM knows; elsewhere nothing."""
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        return {}
    try:
        pyspark: Any = importlib.import_module("pyspark")
        pyspark.SparkContext._ensure_initialized()
        return dict(pyspark.SparkConf().getAll())
    except Exception as error:  # whatever is wrong with the gateway, PySpark says it better
        _say(f"what spark-submit was given is not known: {error}")
        return {}


def _advice(submission: Submission, where: LauncherEnvironment) -> Advice | None:
    until = time.monotonic() + where.timeout_s
    size = None
    if inputs := submission.command.own.inputs:
        size, fault = input_size(inputs, _INPUT_SHARE * where.timeout_s, _without_key())
        if fault:
            _say(f"the size of the input is not known: {fault}")
    # An id of its own: asked again within the time limit, the service gives the decision that it gave.
    asked = ask(submission.request_for(size, uuid.uuid4().hex), where, until - time.monotonic())
    if asked.fault:
        _say(f"no recommendation, going on as written: {asked.fault}")
    return asked.advice


def _without_key() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.upper() != API_KEY}


def _fixed_in(submission: Submission) -> frozenset[str]:
    """What cannot be changed any more by whoever builds a session."""
    if "PYSPARK_GATEWAY_PORT" in os.environ or getattr(_spark_context(), "_gateway", None) is not None:
        return _OF_DRIVERS_JVM
    by_flag = {name for one in submission.command.options if one.flag != "--conf" for name in one.properties}
    return _OF_DRIVERS_JVM & by_flag  # a flag of PYSPARK_SUBMIT_ARGS wins over the session's properties


def _injection(submission: Submission, advice: Advice) -> Injection:
    return inject(
        submission.explicit,
        advice,
        submission.command.override,
        workload=submission.command.workload,
        site=submission.effective,
        caps=submission.caps,
    )


def _text(value: object) -> str:
    """As PySpark writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _say(text: str) -> None:
    print(f"sparkwright: {redact_text(text)}", file=sys.stderr, flush=True)
