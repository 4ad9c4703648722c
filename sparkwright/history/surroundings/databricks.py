"""Databricks' log delivery: ``<destination>/<cluster id>/driver`` and ``.../executor/<app id>/<executor id>``.

Both hold ``stdout``, ``stderr`` and log4j's files, the rolled over ones as ``.gz``, delivered every five minutes. The
layout is that of Databricks' documentation of compute log delivery; no Databricks was there to try it on.
"""

from pathlib import Path

from sparkwright.history.surroundings.findings import (
    NO_FILES,
    AroundLog,
    FileState,
    Findings,
    Keys,
    Subject,
    names_a_file,
)
from sparkwright.history.surroundings.folders import executor_logs, log_files, process_logs, state_of, subfolders


class Databricks:
    """The destination of log delivery; the driver's log is the cluster's, whatever else ran on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def state(self, keys: Keys) -> FileState:
        """Of the driver's logs and those of the application's executors."""
        if not names_a_file(keys.cluster_id):
            return NO_FILES
        cluster = self._folder / keys.cluster_id
        folders = [cluster / "driver"]
        if names_a_file(keys.app_id):
            folders += subfolders(cluster / "executor" / keys.app_id)
        return state_of(file for folder in folders for file in log_files(folder))

    def look(self, subject: Subject) -> Findings:
        """Nothing: how a job ended is not delivered."""
        return Findings()

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The driver's, and those of executors that had trouble."""
        if not names_a_file(subject.keys.cluster_id):
            return []
        cluster = self._folder / subject.keys.cluster_id
        found = process_logs(cluster / "driver", None)
        if names_a_file(subject.keys.app_id):
            found += executor_logs(cluster / "executor" / subject.keys.app_id, subject)
        return found
