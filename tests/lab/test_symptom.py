"""What suffering looks like in task ends, told apart from what only resembles it."""

import re
from collections.abc import Callable

import pytest

from evaluation.lab import symptom
from evaluation.lab.observation import Observation, Task

MIB = 1024**2


def _task(stage_id: int = 0, **values: int | bool | str) -> Task:
    numbers = dict.fromkeys(
        ("duration_ms", "input_bytes", "shuffle_read_bytes", "memory_spilled_bytes", "disk_spilled_bytes"), 0
    )
    return Task(**{"stage_id": stage_id, "executor_id": "0", "succeeded": True, **numbers, **values})


def _seen(*tasks: Task) -> Observation:
    return Observation(0, "", tasks=list(tasks))


def test_skew_is_the_largest_task_by_the_median_one_where_there_is_something_to_read() -> None:
    even = [_task(shuffle_read_bytes=MIB) for _ in range(7)]
    assert symptom.skew_of_bytes(_seen(*even, _task(shuffle_read_bytes=9 * MIB))) == 9
    assert symptom.skew_of_bytes(_seen(*even, _task(shuffle_read_bytes=MIB))) == 1
    few_bytes = [_task(shuffle_read_bytes=10) for _ in range(7)]
    assert symptom.skew_of_bytes(_seen(*few_bytes, _task(shuffle_read_bytes=1000))) == 0
    assert symptom.skew_of_bytes(_seen(_task(shuffle_read_bytes=MIB), _task(shuffle_read_bytes=9 * MIB))) == 0


def test_a_task_is_slow_for_its_bytes_only_where_it_has_no_more_of_them() -> None:
    even = [_task(duration_ms=1000, shuffle_read_bytes=MIB) for _ in range(7)]
    long, large = {"executor_id": "1", "duration_ms": 8000}, 9 * MIB
    assert symptom.slowest_for_its_bytes(_seen(*even, _task(shuffle_read_bytes=MIB, **long))) == 8
    assert symptom.slowest_for_its_bytes(_seen(*even, _task(shuffle_read_bytes=large, **long))) == 0


def test_the_first_task_of_each_executor_may_take_long() -> None:
    even = [_task(duration_ms=1000) for _ in range(7)]
    assert symptom.slowest_for_its_bytes(_seen(*even, _task(duration_ms=8000))) == 0
    first = [_task(duration_ms=4000), _task(duration_ms=5000, executor_id="1")]
    assert symptom.slowest_for_its_bytes(_seen(*even, *first)) == 1.25


def test_what_was_killed_because_a_copy_was_faster_is_not_slow() -> None:
    even = [_task(duration_ms=1000) for _ in range(7)]
    assert symptom.slowest_for_its_bytes(_seen(*even, _task(duration_ms=8000, succeeded=False, executor_id="1"))) == 0


def test_a_job_starves_only_where_no_task_ever_ran() -> None:
    idle = symptom.Idle(re.compile("not accepted any resources"))
    assert idle.seen_in(Observation(0, "job has not accepted any resources"))
    assert not idle.seen_in(Observation(0, "job has not accepted any resources", tasks=[_task()]))


def test_a_full_driver_is_no_full_executor() -> None:
    words = "java.lang.OutOfMemoryError: Java heap space"
    assert symptom.FullHeap().seen_in(Observation(1, "", messages=[f"task: ExceptionFailure {words}"]))
    assert not symptom.FullHeap().seen_in(Observation(1, words, messages=[f"sql: {words}", f"job: {words}"]))


def test_a_lone_task_counts_by_its_share_of_the_time() -> None:
    wide = [_task(0, duration_ms=250) for _ in range(4)]
    assert symptom.lone_task_share(_seen(*wide, _task(1, duration_ms=3000))) == 0.75
    assert symptom.lone_task_share(_seen(*wide)) == 0
    assert symptom.lone_task_share(_seen()) == 0


def test_small_reads_of_files_and_small_shuffles_are_two_things() -> None:
    files = _seen(*[_task(input_bytes=4000) for _ in range(300)])
    shuffles = _seen(*[_task(shuffle_read_bytes=4000) for _ in range(300)])
    assert (symptom.tiny_file_tasks(files), symptom.tiny_shuffle_tasks(files)) == (300, 0)
    assert (symptom.tiny_file_tasks(shuffles), symptom.tiny_shuffle_tasks(shuffles)) == (0, 300)
    large = _seen(*[_task(input_bytes=4 * MIB) for _ in range(300)])
    assert (symptom.tiny_file_tasks(large), symptom.tiny_shuffle_tasks(large)) == (0, 0)


def test_spill_counts_in_memory_where_it_reached_the_disk() -> None:
    assert symptom.spilled_mib(_seen(_task(memory_spilled_bytes=80 * MIB, disk_spilled_bytes=MIB), _task())) == 80
    assert symptom.spilled_mib(_seen(_task(memory_spilled_bytes=80 * MIB))) == 0


@pytest.mark.parametrize(("value", "found"), [(4.0, True), (3.9, False)])
def test_a_measure_shows_the_fault_from_its_bound_on(value: float, found: bool) -> None:
    measure: Callable[[Observation], float] = lambda seen: value  # noqa: E731
    said = symptom.Measured("time by time", measure, 4).seen_in(_seen())
    assert said == ("time by time: 4, at least 4" if found else "")
