"""Which launch a try of a task is, and what is known of the tries before it. Standard library only."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sparkwright.spark.workload import airflow_key

_LOG = logging.getLogger(__name__)
STORE_KEY = "sparkwright"
XCOM_KEY = "sparkwright_decision"


@dataclass(frozen=True, slots=True)
class TaskLaunch:
    """A try of a task instance.

    Attributes:
        workload: Key of the recurring workload; the same as the labels that Airflow leaves on a driver's pod give.
        launch_id: Names the launch to the service: the same for every try of the task instance until it is cleared.
        attempt: 2 for the first retry.
        may_be_retried: Whether another try follows if this one fails.
    """

    workload: str
    launch_id: str
    attempt: int
    may_be_retried: bool

    @property
    def mark(self) -> str:
        """Names the application of this try."""
        return f"{self.launch_id}-{self.attempt}"


def launch_of(context: Mapping[str, Any], workload: str = "") -> TaskLaunch:
    """The launch that a context of Airflow stands for.

    A task instance that is cleared counts its tries on (``try_number``) and is given as many retries again
    (``max_tries``): what is run again by hand is a launch of its own, whose first try is no retry.

    Args:
        context: As ``execute`` is given it.
        workload: Explicit key of the recurring workload; empty: dag and task.
    """
    ti = context["ti"]
    try_number = max(1, int(ti.try_number or 1))
    retries = int(getattr(context.get("task"), "retries", 0) or 0)
    max_tries = getattr(ti, "max_tries", None)
    max_tries = retries if max_tries is None else int(max_tries)
    before = min(max(0, max_tries - retries), try_number - 1)
    map_index = -1 if ti.map_index is None else int(ti.map_index)
    named = "\0".join((ti.dag_id, str(ti.run_id), ti.task_id, str(map_index), str(before)))
    return TaskLaunch(
        workload=workload.strip() or airflow_key(ti.dag_id, ti.task_id),
        launch_id=f"airflow-{hashlib.sha256(named.encode()).hexdigest()[:32]}",
        attempt=min(try_number - before, 1000),
        may_be_retried=try_number <= max_tries,
    )


@dataclass(slots=True)
class Remembered:
    """What tries of one launch leave for the next: in the task's state store, which a new worker reads, too.

    Attributes:
        decision_id: Of the application that was submitted last; empty where none carried one.
        raised: Properties that a diagnosis raised, and that every later try keeps.
        why: What the diagnosis said.
    """

    decision_id: str = ""
    raised: dict[str, str] = field(default_factory=dict)
    why: str = ""


def recall(context: Mapping[str, Any], launch: TaskLaunch) -> Remembered:
    """What is known of the tries before; nothing on an Airflow before 3.3, which has no such store."""
    store = context.get("task_state_store")
    try:
        kept = store.get(STORE_KEY) if store is not None else None
    except Exception as error:  # the store is Airflow's: a task goes on without it
        _LOG.warning("sparkwright: nothing is known of earlier tries: %s", error)
        kept = None
    if not isinstance(kept, dict) or kept.get("launch_id") != launch.launch_id:
        return Remembered()
    raised = kept.get("raised")
    pairs = raised.items() if isinstance(raised, dict) else ()
    return Remembered(
        decision_id=str(kept.get("decision_id") or ""),
        raised={str(name): str(value) for name, value in pairs},
        why=str(kept.get("why") or ""),
    )


def remember(context: Mapping[str, Any], launch: TaskLaunch, what: Remembered) -> None:
    """Leave it for the next try, where there is a store."""
    store = context.get("task_state_store")
    if store is None:
        return
    kept = {"launch_id": launch.launch_id, "decision_id": what.decision_id, "raised": what.raised, "why": what.why}
    try:
        store.set(STORE_KEY, kept)
    except Exception as error:  # as above
        _LOG.warning("sparkwright: the next try will know nothing of this one: %s", error)
