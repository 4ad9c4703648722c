from typing import Any

import pytest

from sparkwright.history.application.figures import AT_LIMIT, figures_of
from sparkwright.history.application.state import ApplicationState
from sparkwright.history.application.totals import ExecutorState, StageState

MIB = 1024**2


def application(properties: dict[str, str], *executors: ExecutorState, **stage: Any) -> ApplicationState:
    app = ApplicationState()
    app.properties.update(properties)
    app.executors = {executor.executor_id: executor for executor in executors}
    if stage:
        app.stages[(7, 0)] = StageState(7, 0, **stage)
    return app


def executor(executor_id: str = "3", **measured: Any) -> ExecutorState:
    return ExecutorState(executor_id, **({"host": "node-4"} | measured))


def told(app: ApplicationState, name: str) -> str:
    return next((text for _, text in figures_of(app) if text.startswith(name)), "")


YARN = {"spark.master": "yarn", "spark.executor.memory": "1g", "spark.executor.memoryOverhead": "384m"}


@pytest.mark.parametrize(("rss_mib", "full"), [(1400, True), (1330, False)])
def test_the_container_is_full_or_not(rss_mib: int, full: bool) -> None:
    measured = executor(peak_jvm_heap_bytes=700 * MIB, peak_process_rss_bytes=rss_mib * MIB)
    text = told(application(YARN, measured), "Container")
    assert text.startswith(f"Container: its processes held at most {rss_mib / 1024:.1f} GiB of 1.4 GiB")
    assert (AT_LIMIT in text) is full


def test_where_nothing_limits_the_memory_there_is_no_container() -> None:
    measured = executor(peak_jvm_heap_bytes=700 * MIB, peak_process_rss_bytes=1400 * MIB)
    properties = YARN | {"spark.master": "spark://host:7077"}
    assert told(application(properties, measured), "Container") == ""


def test_heap_and_memory_beside_it_are_separated() -> None:
    measured = executor(
        peak_jvm_heap_bytes=512 * MIB, peak_direct_memory_bytes=300 * MIB, peak_python_rss_bytes=200 * MIB
    )
    app = application(YARN, measured)
    assert told(app, "Heap") == "Heap: at most 512 MiB of 1.0 GiB in use (50%)."
    assert told(app, "Beside") == (
        "Beside the heap, at most: direct buffers 300 MiB, Python workers 200 MiB; the container has 384 MiB beside "
        "the heap."
    )


def test_the_lost_executor_is_measured_and_missing_measurements_are_left_out() -> None:
    app = application(
        YARN,
        executor("1", peak_jvm_heap_bytes=900 * MIB),
        executor("2", peak_jvm_heap_bytes=300 * MIB, lost=True, removed_ms=5_000),
        executor("4", host="node-5"),
    )
    sources = {text.split(":")[0]: source for source, text in figures_of(app)}
    assert sources["Heap"].endswith("executor 2")
    assert told(app, "Executors lost") == (
        "Executors lost: 1 of 3, among them 1 of the 2 on node-4; machines in all: 2."
    )
    assert list(figures_of(application(YARN, executor()))) == []
    assert list(figures_of(application({}))) == []


def test_a_heap_whose_size_only_spark_knows_is_measured_against_nothing() -> None:
    properties = YARN | {"spark.executor.memory": "${env:MEM}"}
    assert told(application(properties, executor(peak_jvm_heap_bytes=MIB)), "Heap") == ""


def test_executors_that_went_together_point_to_their_machine() -> None:
    app = application(YARN, *(executor(str(n), lost=True, removed_ms=1_000 * n) for n in (1, 2, 3)))
    assert "among them 3 of the 3 on node-4 within 2.0 s" in told(app, "Executors lost")


def test_collection_spill_disk_skew_and_results_of_stages() -> None:
    app = application(
        YARN,
        task_count=11,
        executor_run_time_ms=100_000,
        jvm_gc_time_ms=40_000,
        memory_spilled_bytes=3 * 1024 * MIB,
        disk_spilled_bytes=1024 * MIB,
        shuffle_write_bytes=2 * 1024 * MIB,
        result_bytes=500 * MIB,
        task_time_ms=110_000,
        longest_task_ms=60_000,
        longest_task_read_bytes=900 * MIB,
        shuffle_read_bytes=1000 * MIB,
    )
    assert [text for _, text in figures_of(app)] == [
        "Garbage collection took 40% of the tasks' run time.",
        "Results: the tasks of stage 7 sent 500 MiB to the driver, whose heap is 1.0 GiB.",
        "Spill: 3.0 GiB of rows in memory went to disk as 1.0 GiB in stage 7, in 11 tasks.",
        "Local disks: 2.0 GiB of shuffle files and 1.0 GiB of spills were written.",
        "Skew: the longest of 11 tasks of stage 7 took 60 s, the others 5.0 s on average; it read 900 MiB of 1000 MiB.",
    ]


def test_a_healthy_stage_has_no_figure() -> None:
    app = application(YARN, task_count=11, executor_run_time_ms=100_000, jvm_gc_time_ms=2_000, task_time_ms=110_000)
    assert list(figures_of(app)) == []
