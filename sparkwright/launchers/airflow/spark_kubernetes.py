"""Airflow's ``SparkKubernetesOperator`` with advice.

Source: ``operators/spark_kubernetes.py`` and ``operators/custom_object_launcher.py`` of
apache-airflow-providers-cncf-kubernetes 10.25. The manifest is complete in the launcher before it is created: there the
advice goes in, by the same code as ``sparkwright operator``, into the fields of driver and executor that win over
``sparkConf``. A try that finds the driver of an earlier one reattaches to it and asks nobody.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from airflow.providers.cncf.kubernetes.operators.spark_kubernetes import SparkKubernetesOperator

from data_contracts.provenance import DECISION_ID
from sparkwright.launchers.airflow.advised_task import (
    TEMPLATE_FIELDS,
    AdvisedTask,
    carried,
    failing_open,
    larger_advised,
)
from sparkwright.launchers.airflow.decision_link import DecisionLink
from sparkwright.launchers.asking import report
from sparkwright.launchers.environment import read_environment
from sparkwright.launchers.inject import inject, told
from sparkwright.launchers.manifests import manifest_request, unreadable
from sparkwright.launchers.spark_application import (
    Application,
    edits_of,
    is_application,
    read_application,
)
from sparkwright.launchers.spark_rules import conflicts

_PLATFORM = "kubernetes"


class SparkKubernetesAdvice(AdvisedTask):
    """A mixin in front of ``SparkKubernetesOperator`` or a subclass of it: advice goes in when the task submits."""

    _properties: dict[str, str] | None = None
    _application: Application | None = None

    def execute(self, context: Any) -> Any:
        """Submit with what is advised; as written where nothing is."""
        self._properties = self._application = None
        with failing_open(self):
            self._begin(context)
        try:
            result = super().execute(context)  # type: ignore[misc]
        except BaseException as error:
            with failing_open(self):
                self._failed(error)
            raise
        with failing_open(self):
            self._report()
        return result

    def get_or_create_spark_crd(self, launcher: Any, context: Any) -> Any:
        """The driver's pod: of an application that runs already, else of the one that is created with advice."""
        with failing_open(self):
            self._advise(launcher.body)
        return super().get_or_create_spark_crd(launcher, context)  # type: ignore[misc]

    def _advise(self, manifest: dict[str, Any]) -> None:
        """Put the advice into the manifest, in place: it is about to be created."""
        where = read_environment()
        if where.off:
            self._say("switched off by SPARKWRIGHT_OFF")
            return
        if not is_application(manifest):
            self._say(f"{manifest.get('apiVersion')} {manifest.get('kind')} is no Spark application: left as it is")
            return
        until = time.monotonic() + where.timeout_s
        application = read_application(manifest)
        for fault in unreadable(application):
            self._say(fault)
        if earlier := carried(application.properties, override=self.override):
            self._say(f"it carries decision {earlier[:64]} already")
            return
        options = self._options()
        raised = self._fitting(self._raised(), application)
        request = manifest_request(
            _with(application, raised),
            workload=options.workload,
            launch_id=self._launch.launch_id,
            attempt=options.attempt,
            max_risk=options.max_risk,
            deadline_s=options.deadline_s,
            input_bytes=self._size(where),
        )
        advice = self._ask(request, where, until - time.monotonic())
        needed = larger_advised(raised, application.properties, advice)
        if needed:
            listed = ", ".join(f"{name}={value}" for name, value in needed.items())
            self._say(f"raised for this retry: {listed} ({self._remembered.why})")
        injection = inject(
            {**application.properties, **needed},
            advice,
            self.override,
            launch_id=self._launch.mark,
            workload=options.workload,
            platform=_PLATFORM,
            caps=application.caps,
        )
        for line in told(injection, advice):
            self._say(line)
        added = {**{name: injection.properties[name] for name in needed}, **injection.added}
        for edit in edits_of(application, added):
            at = manifest
            for step in edit.path[:-1]:
                at = at.setdefault(step, {})
            at[edit.path[-1]] = edit.value
        self._application, self._properties = application, injection.properties
        self._submitting(injection.properties.get(DECISION_ID, ""))

    def _fitting(self, raised: dict[str, str], application: Application) -> dict[str, str]:
        found = conflicts({**application.properties, **raised}, _PLATFORM, application.caps)
        if told_of := next((one.text for one in found if set(one.names) & raised.keys()), ""):
            self._say(f"not raised for this retry: {told_of}")
            return {}
        return raised

    def _failed(self, error: BaseException) -> None:
        self._report()
        if self._application is not None and self._properties is not None and isinstance(error, Exception):
            # The driver's log went to Airflow's as it came; what is left here is how its containers ended.
            said = "\n".join([*_ends(getattr(self, "remote_pod", None)), str(error)])
            self._diagnose((), said, self._properties, _PLATFORM, self._application.caps)

    def _report(self) -> None:
        """Tell the service which application carried the decision; how it ended, its event log says."""
        pod = getattr(self, "remote_pod", None) or getattr(self, "pod", None)
        labels = getattr(getattr(pod, "metadata", None), "labels", None) or {}
        app_id = str(labels.get("spark-app-selector") or "")
        if self.decision_id and app_id and (fault := report(self.decision_id, app_id, None, read_environment())):
            self._say(f"the outcome was not reported: {fault}")


class AdvisedSparkKubernetesOperator(SparkKubernetesAdvice, SparkKubernetesOperator):  # type: ignore[misc]
    """``SparkKubernetesOperator`` with advice; every argument of it holds.

    Args:
        workload: Key of the recurring workload; empty: dag and task. (templated)
        inputs: Sizes (``12g``) and places of what the run will read. (templated)
        max_risk: P(death) that is accepted; it can only lower the service's own bound.
        deadline_s: Seconds after its start by which the run must have ended, with a retry.
        override: Whether the advice wins over the manifest.
        raise_on_retry: Whether a retry raises what the diagnosis of the failed try names, once and to at most twice,
            also where the manifest sets it.
        kwargs: Of ``SparkKubernetesOperator``.
    """

    template_fields: Sequence[str] = (*SparkKubernetesOperator.template_fields, *TEMPLATE_FIELDS)
    operator_extra_links = (*SparkKubernetesOperator.operator_extra_links, DecisionLink())

    def __init__(
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
        super().__init__(**kwargs)
        self.advise_with(workload, inputs, max_risk, deadline_s, override=override, raise_on_retry=raise_on_retry)


def _ends(pod: Any) -> Iterator[str]:
    """How the containers of a driver's pod ended, as Kubernetes says it."""
    for one in getattr(getattr(pod, "status", None), "container_statuses", None) or ():
        ended = getattr(one.state, "terminated", None)
        if ended is not None and ended.exit_code:
            yield f"driver container {one.name} was {ended.reason} (exit code {ended.exit_code}) {ended.message or ''}"


def _with(application: Application, raised: Mapping[str, str]) -> Application:
    return replace(application, properties={**application.properties, **raised})
