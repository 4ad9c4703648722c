"""Airflow's ``SparkSubmitOperator`` with advice.

Source: ``operators/spark_submit.py`` and ``hooks/spark_submit.py`` of apache-airflow-providers-apache-spark 6.3. Every
way through them that submits builds its command line in one place, after OpenLineage's properties are in; the advice is
put into that line by the same code as ``sparkwright submit``, so that arguments such as ``executor_memory``, which
become flags and win over ``conf``, are taken out where the advice wins. A retry that reconnects builds no line and asks
nobody.
"""

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

from data_contracts.properties.spark import same_value
from sparkwright.environment import API_KEY
from sparkwright.launchers.airflow.advised_task import (
    TEMPLATE_FIELDS,
    AdvisedTask,
    carried,
    failing_open,
    larger_advised,
    without_key,
)
from sparkwright.launchers.airflow.decision_link import DecisionLink
from sparkwright.launchers.asking import report
from sparkwright.launchers.environment import LauncherEnvironment, read_environment
from sparkwright.launchers.inject import told
from sparkwright.launchers.spark_rules import conflicts
from sparkwright.launchers.spark_submit.driver_output import DriverCopy
from sparkwright.launchers.spark_submit.kept_output import driver_log_dir, keep_exit_code
from sparkwright.launchers.spark_submit.submission import SparkSubmit, Submission, read_submission
from sparkwright.spark.command_line import SubmitCommand, parse_submit
from sparkwright.spark.platform import platform_of

_MAX_LOG_BYTES = 32 * 1024**2


@dataclass(slots=True)
class _Submitted:
    """An application on its way.

    Attributes:
        properties: What Spark was given, the site's defaults included.
    """

    submission: Submission
    properties: dict[str, str]
    where: LauncherEnvironment
    log: Path
    copy: DriverCopy


class SparkSubmitAdvice(AdvisedTask):
    """A mixin in front of ``SparkSubmitOperator`` or a subclass of it: advice goes in when the task submits."""

    _submitted: _Submitted | None = None

    def execute(self, context: Any) -> Any:
        """Submit with what is advised; as written where nothing is."""
        self._hook, self._submitted = None, None  # another try in the same process begins from what was written
        with failing_open(self):
            self._begin(context)
        try:
            result = super().execute(context)  # type: ignore[misc]
        except BaseException as error:
            with failing_open(self):
                self._ended(error)
            raise
        with failing_open(self):
            self._ended(None)
        return result

    def _get_hook(self) -> Any:
        hook = super()._get_hook()  # type: ignore[misc]
        build, read, submit = hook._build_spark_submit_command, hook._process_spark_submit_log, hook.submit
        hook._build_spark_submit_command = lambda application: self._advised(build(application))
        hook._process_spark_submit_log = lambda lines: read(self._kept(lines))

        def submitting(*args: Any, **kwargs: Any) -> Any:
            with _without_key():
                return submit(*args, **kwargs)

        hook.submit = submitting
        return hook

    def _advised(self, words: Sequence[str]) -> list[str]:
        """The command line to run instead of the provider's."""
        with failing_open(self):
            return self._with_advice(words)
        return list(words)

    def _with_advice(self, words: Sequence[str]) -> list[str]:
        where = read_environment()
        if where.off:
            self._say("switched off by SPARKWRIGHT_OFF")
            return list(words)
        until = time.monotonic() + where.timeout_s
        spark = _spark(words[0])
        written = parse_submit(words[1:])
        plain = read_submission(written, spark)
        plain = replace(plain, command=replace(written, own=self._options(plain.explicit)))
        if earlier := carried(plain.explicit, override=self.override):
            self._say(f"it carries decision {earlier[:64]} already")
            return list(words)
        for line in _overruled(written):
            self._say(line)
        raised = self._fitting(self._raised(), plain)
        submission = _with(plain, raised, spark)
        size = self._size(where)
        request = submission.request_for(size, self._launch.launch_id)
        advice = self._ask(request, where, until - time.monotonic())
        if needed := larger_advised(raised, plain.explicit, advice):
            listed = ", ".join(f"{name}={value}" for name, value in needed.items())
            self._say(f"raised for this retry: {listed} ({self._remembered.why})")
        if needed != raised:
            submission = _with(plain, needed, spark)
        injection = submission.injected(self._launch.mark, advice)
        for line in told(injection, advice):
            self._say(line)
        log = driver_log_dir(submission.effective, where) / f"{self._launch.mark}.log"
        properties = {**submission.effective, **injection.properties}
        self._submitted = _Submitted(submission, properties, where, log, DriverCopy(log))
        self._submitting(advice.decision_id if advice is not None else "")
        return [words[0], *submission.words(injection)]

    def _fitting(self, raised: dict[str, str], submission: Submission) -> dict[str, str]:
        """What was raised, unless this submission could not have it: it may have been changed since."""
        platform = platform_of(submission.effective.get("spark.master"))
        found = conflicts({**submission.effective, **raised}, platform, submission.caps)
        if told_of := next((one.text for one in found if set(one.names) & raised.keys()), ""):
            self._say(f"not raised for this retry: {told_of}")
            return {}
        return raised

    def _kept(self, lines: Iterable[str]) -> Iterator[str]:
        """The driver's output, line by line, with a bounded copy beside the event logs."""
        submitted = self._submitted
        for line in lines:
            if submitted is not None:
                submitted.copy.write(line.encode("utf-8", "replace"))
            yield line

    def _ended(self, error: BaseException | None) -> None:
        """Keep and tell how the application ended, and look why where it failed."""
        submitted = self._submitted
        if submitted is None:
            return
        submitted.copy.close()
        process = getattr(self._hook, "_submit_sp", None)
        exit_code = process.returncode if process is not None else None
        is_outcome = submitted.submission.exits_with_driver
        kept = exit_code if is_outcome or exit_code else None
        if fault := keep_exit_code(submitted.log.with_suffix(".exit"), kept, submitted.copy):
            self._say(fault)
        if self.decision_id:
            outcome = exit_code if is_outcome else None
            if fault := report(self.decision_id, submitted.copy.app_id, outcome, submitted.where):
                self._say(f"the outcome was not reported: {fault}")
        if isinstance(error, Exception):  # no time-out and no kill: the job did not end by itself then
            lines = submitted.log.read_bytes()[-_MAX_LOG_BYTES:].decode("utf-8", "replace").splitlines()
            platform = platform_of(submitted.properties.get("spark.master"))
            self._diagnose(lines, str(error), submitted.properties, platform, submitted.submission.caps)


class AdvisedSparkSubmitOperator(SparkSubmitAdvice, SparkSubmitOperator):  # type: ignore[misc]
    """``SparkSubmitOperator`` with advice; it takes that one's and those of :meth:`AdvisedTask.advised_init`."""

    template_fields: Sequence[str] = (*SparkSubmitOperator.template_fields, *TEMPLATE_FIELDS)
    operator_extra_links = (*SparkSubmitOperator.operator_extra_links, DecisionLink())
    __init__ = AdvisedTask.advised_init


def _spark(program: str) -> SparkSubmit:
    """The program that the provider runs, and the configuration that it reads."""
    environ = without_key(os.environ)
    path = Path(shutil.which(program) or program)
    home = environ.get("SPARK_HOME") or str(path.resolve().parent.parent)
    return SparkSubmit(path, environ, Path(environ.get("SPARK_CONF_DIR") or Path(home) / "conf"))


def _with(submission: Submission, raised: Mapping[str, str], spark: SparkSubmit) -> Submission:
    """The submission as if the user had set what was raised."""
    if not raised:
        return submission
    words = submission.command.with_properties(raised, raised.keys())
    command = parse_submit(words)
    return read_submission(replace(command, own=submission.command.own), spark)


def _overruled(command: SubmitCommand) -> Iterator[str]:
    """What of ``conf`` an argument of the task silently wins over."""
    flags = {name: value for one in command.options if one.flag != "--conf" for name, value in one.properties.items()}
    confs = {name: value for one in command.options if one.flag == "--conf" for name, value in one.properties.items()}
    for name in flags.keys() & confs.keys():
        if not same_value(name, flags[name], confs[name]):
            yield f"{name}={confs[name]} of conf has no effect: the task or its connection sets {flags[name]}, too"


@contextmanager
def _without_key() -> Iterator[None]:
    """For as long as the driver is started and runs as a child: the provider hands on this process's environment."""
    names = [name for name in os.environ if name.upper() == API_KEY]
    taken = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(taken)
