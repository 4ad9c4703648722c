"""Databricks' log delivery: ``<destination>/<cluster id>/driver`` and ``.../executor/<app id>/<executor id>``.

Both hold ``stdout``, ``stderr`` and log4j's files, rolled ones as ``.gz``, delivered every five minutes. The layout
follows Databricks' documentation of compute log delivery; it was not tested on a real Databricks.
"""

from collections.abc import Sequence

from sparkwright.history.context.findings import (
    NO_FILES,
    AroundLog,
    FileState,
    Findings,
    Keys,
    Subject,
    names_a_file,
)
from sparkwright.history.context.folders import (
    Folder,
    executor_log_files,
    executor_logs,
    log_files,
    process_logs,
    state_of,
)
from sparkwright.stores import FilePath


class Databricks:
    """The destination of log delivery; the driver's log is the cluster's, whatever else ran on it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def state(self, keys: Keys) -> FileState:
        """The state of the driver's logs and those of the application's executors."""
        if not names_a_file(keys.cluster_id):
            return NO_FILES
        files = log_files(self._drivers(keys))
        if names_a_file(keys.app_id):
            files += executor_log_files(self._folder, _executors(keys))
        return state_of(files)

    def look(self, subject: Subject) -> Findings:
        """Return empty findings: how a job ended is not delivered."""
        return Findings()

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The driver's logs, and those of executors that had trouble."""
        if not names_a_file(subject.keys.cluster_id):
            return []
        found = process_logs(self._folder, self._drivers(subject.keys), None)
        if names_a_file(subject.keys.app_id):
            found += executor_logs(self._folder, _executors(subject.keys), subject)
        return found

    def _drivers(self, keys: Keys) -> Sequence[FilePath]:
        return self._folder.below(f"{keys.cluster_id}/driver").get("", ())


def _executors(keys: Keys) -> str:
    return f"{keys.cluster_id}/executor/{keys.app_id}"
