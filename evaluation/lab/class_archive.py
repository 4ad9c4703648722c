"""Share the parsed classes of executors among runs: otherwise JVM start-up takes half of a short run.

Java's class-data sharing keeps parsed classes in a file that JVMs map. It changes how fast an executor starts, not what
its tasks put into the heap. If the file is missing or does not fit, Java goes on without it.
"""

import subprocess
from dataclasses import replace

from evaluation.lab import processes
from evaluation.lab.campaign import Launch
from evaluation.lab.cluster import MACHINE_PROPERTIES, Cluster

_OPTIONS = "spark.executor.extraJavaOptions"
_EXECUTOR = "org.apache.spark.executor.CoarseGrainedExecutorBackend"


class ClassArchive:
    """The archive of one cluster, built from the classes that one run loaded; deleted with the cluster's folder."""

    def __init__(self, running: Cluster) -> None:
        self._running = running
        self._list = running.folder / "executor.classes"
        self._file = running.folder / "executor.jsa"

    def listing(self, launch: Launch) -> Launch:
        """Return the launch with executors that record which classes they load."""
        return _with_option(launch, f"-XX:DumpLoadedClassList={self._list.resolve()}")

    def sharing(self, launch: Launch) -> Launch:
        """Return the launch with executors that map the archive."""
        return _with_option(launch, f"-XX:SharedArchiveFile={self._file.resolve()}")

    def make(self) -> None:
        """Build the archive from the list; do without if this Java cannot."""
        partial = self._file.with_suffix(".partial")
        options = f"-Xshare:dump -XX:SharedClassListFile={self._list.resolve()}"
        # Let Spark itself build the command: the class path must match the executors', entry by entry.
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
