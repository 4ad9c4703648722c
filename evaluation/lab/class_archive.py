"""The classes of an executor, parsed once for all runs: half of a short run is otherwise the start of a JVM.

Java's class-data sharing keeps parsed classes in a file that JVMs map. It changes how soon an executor is up, not what
its tasks put into the heap. Where the file is missing or does not fit, Java goes on without it.
"""

import subprocess
from dataclasses import replace

from evaluation.lab import processes
from evaluation.lab.campaign import Launch
from evaluation.lab.cluster import MACHINE_PROPERTIES, Cluster

_OPTIONS = "spark.executor.extraJavaOptions"
_EXECUTOR = "org.apache.spark.executor.CoarseGrainedExecutorBackend"


class ClassArchive:
    """The archive of one cluster, made from the classes that one run loaded; it goes with the cluster's folder."""

    def __init__(self, running: Cluster) -> None:
        self._running = running
        self._list = running.folder / "executor.classes"
        self._file = running.folder / "executor.jsa"

    def listing(self, launch: Launch) -> Launch:
        """The launch with an executor that writes down which classes it loads."""
        return _with_option(launch, f"-XX:DumpLoadedClassList={self._list.resolve()}")

    def sharing(self, launch: Launch) -> Launch:
        """The launch with an executor that maps the archive."""
        return _with_option(launch, f"-XX:SharedArchiveFile={self._file.resolve()}")

    def make(self) -> None:
        """Makes the archive from the list; without one where this Java cannot."""
        partial = self._file.with_suffix(".partial")
        options = f"-Xshare:dump -XX:SharedClassListFile={self._list.resolve()}"
        # Spark itself puts the command together: the class path has to be the executors', entry by entry.
        env = self._running.env | {"SPARK_EXECUTOR_OPTS": f"{options} -XX:SharedArchiveFile={partial.resolve()}"}
        with (self._running.folder / "executor.jsa.log").open("wb") as output:
            command = [f"{env['SPARK_HOME']}/bin/spark-class", _EXECUTOR]
            process = processes.start(command, env=env, folder=self._running.folder, output=output)
            try:
                process.wait(timeout=120)
            except subprocess.TimeoutExpired:
                return
            finally:
                processes.stop(process)
        if partial.exists():
            partial.rename(self._file)


def _with_option(launch: Launch, option: str) -> Launch:
    return replace(launch, properties=launch.properties | {_OPTIONS: f"{MACHINE_PROPERTIES[_OPTIONS]} {option}"})
