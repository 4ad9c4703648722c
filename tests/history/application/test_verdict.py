import pytest

from sparkwright.history.application.verdict import MemorySigns, application_status, memory_verdict

HEAP = "java.lang.OutOfMemoryError: Java heap space\n\tat java.util.Arrays.copyOf(Arrays.java:3332)"


def verdict(text: str, *, from_executor: bool = True, status: str = "failed", **options: object) -> str:
    signs = MemorySigns()
    if text:
        signs.observe(text, from_executor=from_executor)
    known: dict[str, object] = {"log_state": "complete", "peak_rss_bytes": None, "limit_bytes": None} | options
    return memory_verdict(signs, status=status, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAP, "heap_oom"),
        ("java.lang.OutOfMemoryError: GC overhead limit exceeded", "heap_oom"),
        ("org.apache.spark.memory.SparkOutOfMemoryError: Unable to acquire 65536 bytes of memory, got 0", "heap_oom"),
        ("Command exited with code 52", "heap_oom"),
        ("The executor with id 3 exited with exit code 52(JVM OOM).", "heap_oom"),
        ("Container killed by YARN for exceeding physical memory limits. 5.5 GB of 5.5 GB", "container_kill"),
        ("Container [pid=1] is running beyond physical memory limits. Current usage: 1.5 GB", "container_kill"),
        ("The executor with id 1 exited with exit code 137. container status: OOMKilled", "container_kill"),
        ("Command exited with code 137", "unknown"),
        ("Container exited with a non-zero exit code 143", "unknown"),
        ("java.lang.OutOfMemoryError: unable to create new native thread", "unknown"),
        ("java.lang.OutOfMemoryError: Metaspace", "unknown"),
        ("Executor heartbeat timed out after 152000 ms", "unknown"),
    ],
)
def test_only_proof_of_a_memory_death_counts_as_one(text: str, expected: str) -> None:
    assert verdict(text) == expected


def test_a_success_says_the_memory_was_enough() -> None:
    assert verdict("", status="succeeded") == "enough"


def test_a_success_after_retried_heap_deaths_was_not_enough() -> None:
    assert verdict(HEAP, status="succeeded") == "heap_oom"


def test_a_failure_for_another_reason_says_nothing_about_memory() -> None:
    assert verdict("java.lang.RuntimeException: bad input") == "unknown"


@pytest.mark.parametrize("log_state", ["events_dropped", "unfinished", "compacted"])
def test_a_log_with_gaps_cannot_prove_that_memory_was_enough(log_state: str) -> None:
    assert verdict("", status="succeeded", log_state=log_state) == "unknown"


def test_a_drivers_own_heap_death_is_not_the_executors() -> None:
    assert verdict(f'Exception in thread "main" {HEAP}', from_executor=False) == "unknown"
    retold = f"Job aborted due to stage failure: Lost task 0.3 in stage 1.0: {HEAP}"
    assert verdict(retold, from_executor=False) == "heap_oom"


def test_a_sigkill_near_an_enforced_limit_is_a_container_kill() -> None:
    killed = "exited with code 137"
    assert verdict(killed, peak_rss_bytes=980, limit_bytes=1000) == "container_kill"
    assert verdict(killed, peak_rss_bytes=500, limit_bytes=1000) == "unknown"
    assert verdict(killed, peak_rss_bytes=980, limit_bytes=None) == "unknown"


@pytest.mark.parametrize(
    ("exit_code", "ended", "last_failed", "expected"),
    [
        (0, True, True, "succeeded"),
        (0, False, None, "succeeded"),
        (1, True, False, "failed"),
        (143, False, None, "failed"),
        (None, True, False, "succeeded"),
        (None, True, True, "failed"),
        (None, True, None, "unknown"),
        (None, False, False, "unknown"),
    ],
)
def test_the_exit_code_decides_and_else_the_last_work_does(
    exit_code: int | None, ended: bool, last_failed: bool | None, expected: str
) -> None:
    assert application_status(final_status=None, exit_code=exit_code, ended=ended, last_failed=last_failed) == expected
