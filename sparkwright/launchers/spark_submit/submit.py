"""``spark-submit`` with the recommended allocation; without it where the service does not answer.

What a launcher adds to the command line: resource properties the user did not set (all of them with ``--override``)
and the marks ``spark.sparkwright.{launchId,decisionId,workload}`` that join the run's event log to this submission.
"""

import os
import re
import sys
import time
import uuid
from typing import NoReturn

from data_contracts.properties.provenance import DECISION_ID, LAUNCH_ID
from sparkwright.environment import API_KEY
from sparkwright.errors import ConfigError, MissingProgramError
from sparkwright.launchers.asking import Asked, ask, report
from sparkwright.launchers.environment import LauncherEnvironment, read_environment
from sparkwright.launchers.inject import told
from sparkwright.launchers.input_size import input_size
from sparkwright.launchers.spark_submit.driver_output import DriverCopy
from sparkwright.launchers.spark_submit.dry_run import dry_run_lines, explained
from sparkwright.launchers.spark_submit.kept_output import driver_log_dir, keep_exit_code
from sparkwright.launchers.spark_submit.process import run_passing_through
from sparkwright.launchers.spark_submit.submission import SparkSubmit, Submission, find_spark_submit, read_submission
from sparkwright.redaction import redact_text
from sparkwright.spark.command_line import SubmitCommand

_INPUT_SHARE = 0.75
_FILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def submit(command: SubmitCommand) -> int:
    """The exit code of ``spark-submit``, run with the recommended allocation where there is one.

    A line that submits nothing (``--version``, ``--status``) is handed over: this process becomes ``spark-submit``.
    With ``--dry-run`` nothing is submitted: what would be is printed.

    Raises:
        ConfigError: A dry run of what cannot be submitted.
        MissingProgramError: There is no ``spark-submit``.
    """
    # The key is the launcher's: no driver, event log or property is to hold it.
    spark = find_spark_submit(_without_key())
    is_dry = command.own.dry_run
    if not command.submits:
        if is_dry:
            raise ConfigError("expected an application to submit with --dry-run, got a line that submits nothing")
        _become(spark, command)
    try:
        where = read_environment()
        submission = read_submission(command, spark)
    except ConfigError as error:
        if is_dry:
            raise
        _say(f"submitting as written: {error}")
        _become(spark, command)
    if where.off and not is_dry:
        _say("switched off by SPARKWRIGHT_OFF")
        _become(spark, command)
    named = submission.explicit.get(LAUNCH_ID, "")
    launch_id = named if _FILE_NAME.fullmatch(named) else uuid.uuid4().hex
    # A line that names its launch itself is run again as it stands, and would be given the heap that died; a dry run is
    # no launch.
    asked = _ask(submission, "" if is_dry or launch_id == named else launch_id, where)
    injection = submission.injected(launch_id, asked.advice)
    if is_dry:
        print("\n".join(dry_run_lines(submission, injection, asked)))
        return 0
    for line in told(injection, asked.advice):
        _say(line)
    if command.own.explain and asked.answer:
        print("\n".join(explained(asked.answer)), file=sys.stderr, flush=True)
    drivers = driver_log_dir(submission.effective, where)
    copy = DriverCopy(drivers / f"{launch_id}.log")
    try:
        exit_code = run_passing_through(spark.program, submission.words(injection), spark.environ, copy)
    finally:
        copy.close()
    is_outcome = submission.exits_with_driver
    fault = keep_exit_code(drivers / f"{launch_id}.exit", exit_code if is_outcome or exit_code else None, copy)
    if fault:
        _say(fault)
    if asked.advice is not None:
        _report(asked.advice.decision_id, copy.app_id, exit_code if is_outcome else None, where)
    return exit_code


def _become(spark: SparkSubmit, command: SubmitCommand) -> NoReturn:
    try:
        os.execve(spark.program, [str(spark.program), *command.with_properties({})], spark.environ)
    except OSError as error:
        raise MissingProgramError(f"expected to start {spark.program}: {error.strerror}") from error


def _ask(submission: Submission, launch_id: str, where: LauncherEnvironment) -> Asked:
    """The advice; where there is none, a line says why."""
    if (earlier := submission.explicit.get(DECISION_ID)) and not submission.command.override:
        asked = Asked(fault=f"it carries decision {earlier[:64]} already")
    elif where.off:
        asked = Asked(fault="switched off by SPARKWRIGHT_OFF")
    else:
        until = time.monotonic() + where.timeout_s
        size = None
        if inputs := submission.command.own.inputs:
            # What the store takes is not there for the service, which answers within a part of it.
            size, fault = input_size(inputs, _INPUT_SHARE * where.timeout_s, _without_key())
            if fault:
                _say(f"the size of the input is not known: {fault}")
        asked = ask(submission.request_for(size, launch_id), where, until - time.monotonic())
    if asked.fault:
        _say(f"no recommendation{'' if submission.command.own.dry_run else ', submitting as written'}: {asked.fault}")
    return asked


def _without_key() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.upper() != API_KEY}


def _report(decision_id: str, app_id: str | None, exit_code: int | None, where: LauncherEnvironment) -> None:
    if fault := report(decision_id, app_id, exit_code, where):
        _say(f"the outcome was not reported: {fault}")


def _say(text: str) -> None:
    print(f"sparkwright: {redact_text(text)}", file=sys.stderr, flush=True)
