"""The log folder of EMR: ``<folder>/<cluster>/containers/<application id>`` and ``<folder>/<cluster>/steps/<step>``.

The folder may be that of all clusters or of one. The layout is that of Amazon's documentation ("View Amazon EMR log
files"); no EMR was there to try it on.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from sparkwright.history.surroundings.findings import AroundLog, Subject
from sparkwright.history.surroundings.folders import Folder, log_files, process_logs
from sparkwright.history.surroundings.text import beginning
from sparkwright.stores import FilePath

_CLUSTER = re.compile(r"j-[A-Z0-9]+")
_STEP = re.compile(r"s-[A-Z0-9]+")
_SUBMITTED = re.compile(rb"Submitted application (application_\d+_\d+)")
# What the client of YARN says, it says before the first job.
_BEGINNING_BYTES = 256 * 1024
_MAX_STEPS = 8


@dataclass(frozen=True, slots=True)
class _Cluster:
    containers: Folder
    steps: Folder


class EmrLogs:
    """EMR's clusters below a folder; none where it is another.

    Which cluster ran an application shows the time in its id, which all applications of one ResourceManager share: the
    names below ``containers`` are listed once for each cluster, and only until the one in question is found.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._unseen: list[_Cluster] | None = None
        self._of_manager: dict[str, _Cluster] = {}
        self._submitted: dict[str, str | None] = {}

    def containers_of(self, app_id: str) -> Folder | None:
        """The folder of containers of the cluster that ran the application.

        Raises:
            StoreError: The store does not say.
        """
        cluster = self._cluster_of(app_id)
        return cluster.containers if cluster else None

    def step_logs(self, subject: Subject) -> list[AroundLog]:
        """The output of the step that submitted the application; the driver's, where that ran there.

        No name leads from an application to its step, only the beginning of the step's output does: it is looked for in
        the eight that were written to first after the application started.

        Raises:
            StoreError: The store does not say.
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
        """The application whose id the beginning of a step's output tells; read once."""
        if str(file) not in self._submitted:
            found = None
            with suppress(OSError), steps.reading():
                found = _SUBMITTED.search(beginning(file, _BEGINNING_BYTES))
            self._submitted[str(file)] = found[1].decode() if found else None
        return self._submitted[str(file)]
