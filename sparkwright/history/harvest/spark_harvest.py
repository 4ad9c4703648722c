"""The same reader on a Spark cluster: executors share the logs, rows come back as Arrow, this process commits them.

Executors must see the logs, and what lies around them, under the same paths as this process, and need a Python with
httpx, msgspec, pyarrow, pydantic and zstandard. Sparkwright's own code is sent to them.
"""

import heapq
import os
import pickle
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import data_contracts
import sparkwright
from sparkwright.errors import HistoryError, MissingProgramError
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest.read import Harvested
from sparkwright.history.harvest.spark_executor import ANSWER_DDL, Task, harvested_from, read_task
from sparkwright.history.sources.log_files import LogSource

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# A wave is one Spark job. Two run at a time, so that the cluster reads while this process commits, and the backlog here
# stays bounded.
_WAVE_SOURCES = 1024
_WAVES_AT_ONCE = 2
_TASKS_PER_CORE = 4
# Opening a log and writing its rows cost about as much as reading this many stored bytes.
_LOG_COST_BYTES = 64 * 1024


class SparkEngine:
    """An engine for :func:`~sparkwright.history.harvest.incremental.harvest` on the executors of a Spark cluster.

    Args:
        master: As for spark-submit; None leaves it to ``spark-defaults.conf``.
        properties: Further Spark properties.
    """

    def __init__(self, master: str | None, properties: Mapping[str, str]) -> None:
        self._master = master
        self._properties = properties

    def __call__(self, sources: Sequence[LogSource], config: ContextConfig) -> Iterator[Harvested]:
        """Yield every source's rows as they come.

        Raises:
            MissingProgramError: pyspark or Java is not installed.
            HistoryError: The Spark application failed, or its executors do not see the folders.
        """
        if not sources:
            return
        waves = waves_of(sources)
        with _session(self._master, self._properties) as spark, ThreadPoolExecutor(_WAVES_AT_ONCE) as pool:
            running: set[Future[list[Harvested]]] = set()
            try:
                while waves or running:
                    while waves and len(running) < _WAVES_AT_ONCE:
                        running.add(pool.submit(_read_wave, spark, waves.pop(), config))
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield from future.result()
            finally:
                spark.sparkContext.cancelAllJobs()


def waves_of(sources: Sequence[LogSource]) -> list[list[LogSource]]:
    """Split the sources into waves of bounded length, each with its share of large ones."""
    count = -(-len(sources) // _WAVE_SOURCES)
    by_size = sorted(sources, key=lambda source: -source.size_bytes)
    return [by_size[first::count] for first in range(count)]


def tasks_of(sources: Sequence[LogSource], task_count: int) -> list[Task]:
    """Split the numbered sources into at most ``task_count`` tasks of about equal work, the largest task first."""
    heap: list[tuple[int, int, Task]] = [(0, number, []) for number in range(min(task_count, len(sources)))]
    for number in sorted(range(len(sources)), key=lambda number: -sources[number].size_bytes):
        work, tie, task = heap[0]
        task.append((number, sources[number]))
        heapq.heapreplace(heap, (work + sources[number].size_bytes + _LOG_COST_BYTES, tie, task))
    return [task for _, _, task in sorted(heap, reverse=True)]


def pack_code(path: Path) -> None:
    """Write the archive that executors import: this package and its contracts, with the files they read."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in (sparkwright, data_contracts):
            folder = Path(package.__path__[0])
            for file in sorted(folder.rglob("*")):
                if file.is_file() and file.parent.name != "__pycache__":
                    archive.write(file, file.relative_to(folder.parent))


@contextmanager
def _session(master: str | None, properties: Mapping[str, str]) -> Iterator["SparkSession"]:
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingProgramError(
            f"expected the package pyspark for --engine spark: pip install 'sparkwright[spark]' ({error})"
        ) from error
    builder = SparkSession.builder.appName("sparkwright harvest").config("spark.ui.showConsoleProgress", "false")
    for name, value in ({"spark.master": master} if master else {}).items() | properties.items():
        builder = builder.config(name, value)
    with TemporaryDirectory(prefix="sparkwright-") as folder:
        code = Path(folder) / "sparkwright_code.zip"
        pack_code(code)
        try:
            spark = builder.getOrCreate()
        except (PySparkException, OSError) as error:
            raise MissingProgramError(
                f"expected Java and a Spark master at {master or 'its default'}: {error}"
            ) from error
        try:
            # A failure is raised by the job; Spark would print a traceback for every lost task.
            spark.sparkContext.setLogLevel("FATAL")
            spark.sparkContext.addPyFile(str(code))
            yield spark
        finally:
            spark.stop()


def _read_wave(spark: "SparkSession", sources: Sequence[LogSource], config: ContextConfig) -> list[Harvested]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    context = spark.sparkContext
    tasks = tasks_of(sources, _TASKS_PER_CORE * context.defaultParallelism)
    # One element per slice: a DataFrame made from a list would be sliced otherwise.
    pickled = context.parallelize([(pickle.dumps(task),) for task in tasks], len(tasks))
    read = partial(read_task, config=config, folders=_folders(sources, config))
    try:
        answers = spark.createDataFrame(pickled, "task binary").mapInArrow(read, ANSWER_DDL).toArrow().to_pylist()
    except (PySparkException, Py4JError) as error:
        raise HistoryError(_fault_of(error)) from error
    return [harvested_from(answer, sources[answer["number"]]) for answer in answers]


def _folders(sources: Sequence[LogSource], config: ContextConfig) -> list[Path]:
    """The folders of this machine that executors must see as well."""
    around = [place for field in fields(config) if isinstance(place := getattr(config, field.name), Path)]
    logs = [file.path.parent for source in sources for file in source.files if isinstance(file.path, Path)]
    return [folder for folder in (*around, *([Path(os.path.commonpath(logs))] if logs else [])) if folder.is_dir()]


def _fault_of(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    missing = next((line for line in reversed(lines) if "ModuleNotFoundError" in line), None)
    if missing:
        return (
            f"expected httpx, msgspec, pyarrow, pydantic and zstandard in the executors' Python, got {missing}: name "
            "a Python that has them in PYSPARK_PYTHON, or send one along (--conf spark.archives=...)"
        )
    message = next((line.partition("UnreachableError: ")[2] for line in lines if "UnreachableError: " in line), "")
    return message or f"expected Spark to read the logs, its application failed: {' '.join(lines[:3])[:600]}"
