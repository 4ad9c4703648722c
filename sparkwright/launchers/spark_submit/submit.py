"""``spark-submit`` with the recommended allocation; without it where the service does not answer.

What a launcher adds to the command line: resource properties the user did not set (all of them with ``--override``)
and the marks ``spark.sparkwright.{launchId,decisionId,workload}`` that join the run's event log to this submission.
"""

import os
import re
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from data_contracts.provenance import DECISION_ID, LAUNCH_ID
from sparkwright.environment import API_KEY
from sparkwright.errors import ConfigError, MissingProgramError
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.asking import ask, report
from sparkwright.launchers.environment import LauncherEnvironment, read_environment
from sparkwright.launchers.inject import told
from sparkwright.launchers.spark_submit.driver_output import DriverCopy
from sparkwright.launchers.spark_submit.process import run_passing_through
from sparkwright.launchers.spark_submit.submission import SparkSubmit, Submission, find_spark_submit, read_submission
from sparkwright.redaction import redact_text
from sparkwright.spark.command_line import SubmitCommand
from sparkwright.stores import folder_beside

_FILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def submit(command: SubmitCommand) -> int:
    """The exit code of ``spark-submit``, run with the recommended allocation where there is one.

    A line that submits nothing (``--version``, ``--status``) is handed over: this process becomes ``spark-submit``.

    Raises:
        MissingProgramError: There is no ``spark-submit``.
    """
    # The key is the launcher's: no driver, event log or property is to hold it.
    spark = find_spark_submit({name: value for name, value in os.environ.items() if name.upper() != API_KEY})
    if not command.submits:
        _become(spark, command)
    try:
        where = read_environment()
        submission = read_submission(command, spark)
    except ConfigError as error:
        _say(f"submitting as written: {error}")
        _become(spark, command)
    if where.off:
        _say("switched off by SPARKWRIGHT_OFF")
        _become(spark, command)
    launch_id = submission.explicit.get(LAUNCH_ID, "")
    request = submission.request
    if not _FILE_NAME.fullmatch(launch_id):
        launch_id = uuid.uuid4().hex
        # A line that names its launch itself is run again as it stands, and would be given the heap that died.
        request["launch_id"] = launch_id
    advice = _ask(submission, request, where)
    drivers = _driver_log_dir(submission.effective, where)
    injection = submission.injected(launch_id, advice)
    for line in told(injection, advice):
        _say(line)
    copy = DriverCopy(drivers / f"{launch_id}.log")
    try:
        exit_code = run_passing_through(spark.program, submission.words(injection), spark.environ, copy)
    finally:
        copy.close()
    _keep_exit_code(drivers / f"{launch_id}.exit", exit_code, copy)
    if advice is not None:
        _report(advice.decision_id, copy.app_id, exit_code, where)
    return exit_code


def _become(spark: SparkSubmit, command: SubmitCommand) -> NoReturn:
    try:
        os.execve(spark.program, [str(spark.program), *command.with_properties({})], spark.environ)
    except OSError as error:
        raise MissingProgramError(f"expected to start {spark.program}: {error.strerror}") from error


def _ask(submission: Submission, request: Mapping[str, object], where: LauncherEnvironment) -> Advice | None:
    """The advice, or None where the user's own properties have to do: then one line says why."""
    if earlier := submission.explicit.get(DECISION_ID):
        _say(f"submitting as written: it carries decision {earlier[:64]} already")
        return None
    asked = ask(request, where)
    if asked.advice is None:
        _say(f"no recommendation, submitting as written: {asked.fault}")
    return asked.advice


def _report(decision_id: str, app_id: str | None, exit_code: int, where: LauncherEnvironment) -> None:
    if fault := report(decision_id, app_id, exit_code, where):
        _say(f"the outcome was not reported: {fault}")


def _driver_log_dir(effective: Mapping[str, str], where: LauncherEnvironment) -> Path:
    """``drivers`` beside the event logs: the application's own folder, else the configured one, else in ``home``."""
    written_to = urlsplit(effective.get("spark.eventLog.dir", ""))
    if written_to.scheme in {"", "file"} and written_to.path.startswith("/"):
        return Path(unquote(written_to.path)).parent / "drivers"
    try:
        return folder_beside(where.event_log_dir, where.home) / "drivers"
    except ConfigError:  # harvest refuses such an address; a launcher goes on
        return where.home / "drivers"


def _keep_exit_code(path: Path, exit_code: int, copy: DriverCopy) -> None:
    fault = copy.fault
    try:
        unfinished = path.with_suffix(f".{os.getpid()}.tmp")
        unfinished.write_text(f"{exit_code}\n", encoding="ascii")
        unfinished.replace(path)
    except OSError as error:
        fault = fault or error
    if fault is not None:
        _say(f"the driver's output was not kept in {path.parent}: {fault.strerror}")


def _say(text: str) -> None:
    print(f"sparkwright: {redact_text(text)}", file=sys.stderr, flush=True)
