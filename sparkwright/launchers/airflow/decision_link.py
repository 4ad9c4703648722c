"""The way from a task to its decision: a link in Airflow's page, and an XCom."""

from typing import Any

from airflow.sdk import BaseOperatorLink

from sparkwright.errors import ConfigError
from sparkwright.launchers.airflow.launch import XCOM_KEY
from sparkwright.launchers.environment import read_environment


class DecisionLink(BaseOperatorLink):
    """Leads to the decision that the task's application was submitted with, and to what became of it."""

    name = "Sparkwright decision"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address of the decision at the service; empty where the task has none.

        Airflow asks for it on the worker when the task has ended, and keeps the answer for its page.
        """
        decision_id = getattr(operator, "decision_id", "")
        if not decision_id and hasattr(ti_key, "xcom_pull"):  # of a task that was deferred, and went on elsewhere
            decision_id = ti_key.xcom_pull(task_ids=ti_key.task_id, key=XCOM_KEY, map_indexes=ti_key.map_index) or ""
        try:
            return f"{read_environment().service_url.rstrip('/')}/v1/decisions/{decision_id}" if decision_id else ""
        except ConfigError:
            return ""
