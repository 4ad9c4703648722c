"""What every advised operator of Airflow does, whatever it submits with: who it is, what it asks, what it remembers."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from data_contracts.properties.provenance import DECISION_ID, WORKLOAD
from data_contracts.properties.spark import PROPERTIES, parse_size_bytes
from sparkwright.environment import API_KEY
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.airflow.launch import XCOM_KEY, Remembered, TaskLaunch, launch_of, recall, remember
from sparkwright.launchers.airflow.retry import bounded, diagnosed
from sparkwright.launchers.asking import ask
from sparkwright.launchers.environment import LauncherEnvironment
from sparkwright.launchers.input_size import input_size
from sparkwright.launchers.spark_rules import NO_CAPS, SiteCaps
from sparkwright.redaction import redact_text
from sparkwright.spark.own_options import OwnOptions, options_of

TEMPLATE_FIELDS = ("workload", "inputs")
_INPUT_SHARE = 0.75


class AdvisedTask:
    """A mixin in front of an operator.

    Attributes:
        decision_id: The decision that the task's application carries; empty where it carries none.
    """

    log: Any
    decision_id: str = ""
    _launch: TaskLaunch
    _remembered: Remembered
    _context: Mapping[str, Any]

    def advised_init(
        self,
        *,
        workload: str = "",
        inputs: Sequence[str] = (),
        max_risk: float | None = None,
        deadline_s: float | None = None,
        override: bool = False,
        raise_on_retry: bool = True,
        **kwargs: Any,
    ) -> None:
        """The constructor of an operator with advice: ``__init__ = AdvisedTask.advised_init``.

        Airflow fills in ``default_args`` by the ``__init__`` that a class itself names, so each operator names it.

        Args:
            workload: Key of the recurring workload; empty: dag and task. (templated)
            inputs: Sizes (``12g``) and places of what the run will read. (templated)
            max_risk: P(death) that is accepted; it can only lower the service's own bound.
            deadline_s: Seconds after its start by which the run must have ended, with a retry.
            override: Whether the advice wins over what the task sets.
            raise_on_retry: Whether a retry raises what the diagnosis of the failed try names, once and to at most
                twice, also where the task sets it.
            kwargs: Of the operator behind the mixin.

        Raises:
            ConfigError: A value that cannot be one.
        """
        super().__init__(**kwargs)
        # A workload and inputs may be templates still: what they become is checked when the task runs.
        options_of("any", inputs, max_risk=max_risk, deadline_s=deadline_s)
        self.workload, self.inputs = workload, list(inputs)
        self.max_risk, self.deadline_s = max_risk, deadline_s
        self.override, self.raise_on_retry = override, raise_on_retry

    def _begin(self, context: Mapping[str, Any]) -> None:
        """A try begins; it may still go back to an application that an earlier one submitted."""
        self._context = context
        self._launch = launch_of(context, self.workload)
        self._remembered = recall(context, self._launch)
        self.decision_id = self._remembered.decision_id
        self._push_decision()

    def _options(self, properties: Mapping[str, str]) -> OwnOptions:
        """What is told beside the properties; a key among them counts, where the operator was given none."""
        launch = self._launch
        key = "" if self.workload.strip() else properties.get(WORKLOAD, "").strip()
        return options_of(
            key or launch.workload, self.inputs, launch.attempt, self.max_risk, self.deadline_s, override=self.override
        )

    def _raised(self) -> dict[str, str]:
        """What an earlier try's diagnosis raised; nothing for a first try."""
        return dict(self._remembered.raised) if self.raise_on_retry and self._launch.attempt > 1 else {}

    def _size(self, where: LauncherEnvironment) -> int | None:
        """Bytes that the run will read, looked up within a part of the time limit; None where nobody knows."""
        if not self.inputs:
            return None
        size, fault = input_size(list(map(str, self.inputs)), _INPUT_SHARE * where.timeout_s, without_key(os.environ))
        if fault:
            self._say(f"the size of the input is not known: {fault}")
        return size

    def _ask(self, request: Mapping[str, object], where: LauncherEnvironment, timeout_s: float) -> Advice | None:
        asked = ask(request, where, timeout_s)
        if asked.advice is None:
            self._say(f"no recommendation, submitting as written: {asked.fault}")
        return asked.advice

    def _submitting(self, decision_id: str) -> None:
        """An application goes out; what it carries is kept before, since this process may end with it running."""
        self.decision_id = decision_id
        self._remembered.decision_id = decision_id
        remember(self._context, self._launch, self._remembered)
        self._push_decision()

    def _push_decision(self) -> None:
        if not self.decision_id:
            return
        try:
            self._context["ti"].xcom_push(key=XCOM_KEY, value=self.decision_id)
        except Exception as error:  # Airflow's, and no reason to submit nothing
            self._say(f"the decision is not shown in Airflow: {error}")

    def _diagnose(
        self,
        lines: Sequence[str],
        said: str,
        properties: Mapping[str, str],
        platform: str = "",
        caps: SiteCaps = NO_CAPS,
    ) -> None:
        """Look why a try failed, and keep what the next one is to raise: once in a launch, however often it fails."""
        if not (self.raise_on_retry and self._launch.may_be_retried) or self._remembered.raised:
            return
        found = diagnosed(lines, said[:4000], properties)
        raised = bounded(found.properties, properties, platform, caps)
        if not found.title:
            return
        self._say(f"{found.title}{': the next try has ' + _listed(raised) if raised else ''}")
        if raised:
            self._remembered.raised, self._remembered.why = raised, found.title
            remember(self._context, self._launch, self._remembered)

    def _say(self, text: str) -> None:
        self.log.info("sparkwright: %s", redact_text(text))


@contextmanager
def failing_open(task: AdvisedTask) -> Iterator[None]:
    """Whatever goes wrong with advice never fails the task."""
    try:
        yield
    except Exception as error:
        task._say(f"going on without advice: {type(error).__name__}: {error}")


def larger_advised(raised: Mapping[str, str], own: Mapping[str, str], advice: Advice | None) -> dict[str, str]:
    """What of ``raised`` is still needed: not what the advice gives as much of where the user set nothing."""
    if advice is None:
        return dict(raised)
    return {
        name: value
        for name, value in raised.items()
        if name in own or _bytes(name, advice.allocation.get(name, "0")) < _bytes(name, value)
    }


def _bytes(name: str, value: str) -> int:
    return parse_size_bytes(value, default_unit=PROPERTIES[name].default_unit)


def _listed(properties: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in properties.items())


def carried(properties: Mapping[str, str], *, override: bool) -> str:
    """The decision that a submission carries already and keeps; empty: none."""
    return "" if override else properties.get(DECISION_ID, "")


def without_key(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without the key that is shown to the service: no driver is to have it."""
    return {name: value for name, value in environ.items() if name.upper() != API_KEY}
