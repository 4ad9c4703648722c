"""Airflow's ``SparkKubernetesOperator`` with advice.

Source: ``operators/spark_kubernetes.py`` and ``operators/custom_object_launcher.py`` of
apache-airflow-providers-cncf-kubernetes 10.25. The manifest is complete in the launcher before it is created: there the
advice goes in, by the same code as ``sparkwright operator``, into the fields of driver and executor that win over
``sparkConf``. A try that finds the driver of an earlier one reattaches to it and asks nobody. A task that is deferred
ends in another process: what it was submitted with is read again there, from the object that was created.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from airflow.providers.cncf.kubernetes.operators.spark_kubernetes import SparkKubernetesOperator

from data_contracts.properties.provenance import DECISION_ID
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
from sparkwright.launchers.manifests.advised import manifest_request, unreadable
from sparkwright.launchers.manifests.spark_application import (
    Application,
    edits_of,
    is_application,
    read_application,
)
from sparkwright.launchers.spark_rules import conflicts

_PLATFORM = "kubernetes"


class SparkKubernetesAdvice(AdvisedTask):
    """A mixin in front of ``SparkKubernetesOperator`` or a subclass of it: advice goes in when the task submits."""

    # Of the provider's operator behind it.
    pod: Any
    launcher: Any
    namespace: str

    _properties: dict[str, str] | None = None
    _application: Application | None = None
    _is_begun: bool = False

    def execute(self, context: Any) -> Any:
        """Submit with what is advised; as written where nothing is."""
        return self._within_a_try(context, lambda: super(SparkKubernetesAdvice, self).execute(context))  # type: ignore[misc]

    def trigger_reentry(self, context: Any, event: dict[str, Any]) -> Any:
        """Go on with a task that was deferred."""
        run = super().trigger_reentry  # type: ignore[misc]
        if self._is_begun:  # a driver that had ended already: nothing was deferred
            return run(context, event)
        return self._within_a_try(context, lambda: run(context, event), str(event.get("name") or ""))

    def _within_a_try(self, context: Any, run: Callable[[], Any], driver: str = "") -> Any:
        """What ``run`` returns, with the outcome told, and the failure looked into, when the try has ended."""
        self._properties = self._application = None
        self._is_begun = True
        with failing_open(self):
            self._begin(context)
            self._read_created(driver)
        try:
            result = run()
        except BaseException as error:
            with failing_open(self):
                self._failed(error)
            raise
        finally:
            self._is_begun = False
        with failing_open(self):
            self._report()
        return result

    def _setup_spark_configuration(self, context: Any) -> None:
        """The provider finds the driver of an earlier try here, or creates an application."""
        super()._setup_spark_configuration(context)  # type: ignore[misc]
        if self._application is None and self.pod is not None:
            with failing_open(self):
                self._read_created(self.pod.metadata.name)

    def _read_created(self, driver: str) -> None:
        """What an application was created with by another try or process: a retry raises what that had."""
        if not driver or not (self.raise_on_retry and self._launch.may_be_retried) or read_environment().off:
            return
        launcher = self.launcher
        created = launcher.custom_obj_api.get_namespaced_custom_object(
            launcher.api_group,
            launcher.api_version,
            self.namespace,
            launcher.plural,
            driver.removesuffix("-driver"),
        )
        if is_application(created):
            self._application = read_application(created)
            self._properties = self._application.properties

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
        if faults := unreadable(application):
            for fault in faults:
                self._say(fault)
            self._say("no recommendation, left as it is")
            return
        if earlier := carried(application.properties, override=self.override):
            self._say(f"it carries decision {earlier[:64]} already")
            return
        options = self._options(application.properties)
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
            said = "\n".join([*_ends(self._driver_pod()), str(error)])
            self._diagnose((), said, self._properties, _PLATFORM, self._application.caps)

    def _report(self) -> None:
        """Tell the service which application carried the decision; how it ended, its event log says."""
        labels = getattr(getattr(self._driver_pod(), "metadata", None), "labels", None) or {}
        app_id = str(labels.get("spark-app-selector") or "")
        if self.decision_id and app_id and (fault := report(self.decision_id, app_id, None, read_environment())):
            self._say(f"the outcome was not reported: {fault}")

    def _driver_pod(self) -> Any:
        """The driver's pod as it was last seen; the provider forgets one that is gone."""
        return getattr(self, "remote_pod", None) or getattr(self, "pod", None)


class AdvisedSparkKubernetesOperator(SparkKubernetesAdvice, SparkKubernetesOperator):  # type: ignore[misc]
    """``SparkKubernetesOperator`` with advice; it takes that one's and those of :meth:`AdvisedTask.advised_init`."""

    # Airflow takes any sequence; the provider's is a list.
    template_fields: Sequence[str] = (*SparkKubernetesOperator.template_fields, *TEMPLATE_FIELDS)  # type: ignore[assignment]
    operator_extra_links = (*SparkKubernetesOperator.operator_extra_links, DecisionLink())
    __init__ = AdvisedTask.advised_init


def _ends(pod: Any) -> Iterator[str]:
    """How the containers of a driver's pod ended, as Kubernetes says it."""
    for one in getattr(getattr(pod, "status", None), "container_statuses", None) or ():
        ended = getattr(one.state, "terminated", None)
        if ended is not None and ended.exit_code:
            yield f"driver container {one.name} was {ended.reason} (exit code {ended.exit_code}) {ended.message or ''}"


def _with(application: Application, raised: Mapping[str, str]) -> Application:
    return replace(application, properties={**application.properties, **raised})
