"""The log folder of EMR: ``<folder>/<cluster>/containers/<application id>`` and ``<folder>/<cluster>/steps/<step>``.

The folder may be that of all clusters or of one. The layout follows Amazon's documentation ("View Amazon EMR log
files"); it was not tested on a real EMR.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from sparkwright.history.context.findings import AroundLog, Subject
from sparkwright.history.context.folders import Folder, log_files, process_logs
from sparkwright.history.context.text import beginning
from sparkwright.stores import FilePath

_CLUSTER = re.compile(r"j-[A-Z0-9]+")
_STEP = re.compile(r"s-[A-Z0-9]+")
_SUBMITTED = re.compile(rb"Submitted application (application_\d+_\d+)")
# YARN's client logs the application id before the first job.
_BEGINNING_BYTES = 256 * 1024
_MAX_STEPS = 8


@dataclass(frozen=True, slots=True)
class _Cluster:
    containers: Folder
    steps: Folder


class EmrLogs:
    """EMR's clusters below a folder; none if it is some other folder.

    The timestamp in an application's id tells which cluster ran it, since all applications of one ResourceManager share
    it. The names below ``containers`` are listed once per cluster, and only until the right one is found.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._unseen: list[_Cluster] | None = None
        self._of_manager: dict[str, _Cluster] = {}
        self._submitted: dict[str, str | None] = {}

    def containers_of(self, app_id: str) -> Folder | None:
        """The folder of containers of the cluster that ran the application; None if no cluster is known to.

        Raises:
            StoreError: The store does not answer.
        """
        cluster = self._cluster_of(app_id)
        return cluster.containers if cluster else None

    def step_logs(self, subject: Subject) -> list[AroundLog]:
        """The output of the step that submitted the application, which is the driver's if that ran there.

        Only the beginning of a step's output, and no name, links a step to its application: it is searched for in the
        eight outputs that were last written to soonest after the application started.

        Raises:
            StoreError: The store does not answer.
        """
        cluster = self._cluster_of(subject.keys.app_id)
        if cluster is None:
            return []
        steps = [
            cluster.steps.below(name).get("", ()) for name in sorted(cluster.steps.names()) if _STEP.fullmatch(name)
        ]
        outputs = [
            (modified_ms, number, file)
            for number, files in enumerate(steps)
            for file in log_files(files)
            if file.name.startswith("stderr")
            and (modified_ms := file.stat().st_mtime_ns // 10**6) >= subject.started_ms
        ]
        for _, number, file in islice(sorted(outputs, key=lambda output: output[:2]), _MAX_STEPS):
            if self._submitter(cluster.steps, file) == subject.keys.app_id:
                return process_logs(cluster.steps, steps[number], None)
        return []

    def _cluster_of(self, app_id: str) -> _Cluster | None:
        if self._unseen is None:
            self._unseen = list(self._clusters())
        manager = app_id.split("_")[1]
        while manager not in self._of_manager and self._unseen:
            cluster = self._unseen[-1]
            for name in cluster.containers.names():
                if name.startswith("application_"):
                    self._of_manager.setdefault(name.split("_")[1], cluster)
            self._unseen.pop()
        return self._of_manager.get(manager)

    def _clusters(self) -> Iterator[_Cluster]:
        names = self._folder.names()
        for path in [f"{name}/" for name in sorted(names) if _CLUSTER.fullmatch(name)] or [""]:
            if path or "containers" in names:
                yield _Cluster(self._folder.within(f"{path}containers"), self._folder.within(f"{path}steps"))

    def _submitter(self, steps: Folder, file: FilePath) -> str | None:
        """The application id in the beginning of a step's output; read once."""
        if str(file) not in self._submitted:
            found = None
            with suppress(OSError), steps.reading():
                found = _SUBMITTED.search(beginning(file, _BEGINNING_BYTES))
            self._submitted[str(file)] = found[1].decode() if found else None
        return self._submitted[str(file)]
