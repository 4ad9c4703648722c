import pytest

from sparkwright.explanation.grounding import ungrounded

DECISION = {
    "root_cause": "executor_heap_oom",
    "confidence": 0.9723,
    "explanation": "Executors end with code 52 when this happens; it failed 4 times.",
    "duration_ms": {"p50": 90_000.0, "p90": 7_200_000.0},
    "executor_memory_bytes": 1536 * 2**20,
    "remediation": {"properties": {"spark.executor.memory": "1280m"}, "text": "More heap."},
    "line": "java.lang.OutOfMemoryError: Java heap space in Spark 3.5.1",
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The root cause is executor_heap_oom, 97% sure.",
        "Set spark.executor.memory=1280m. Then try again.",
        "Set spark.executor.memory to 1280m.",
        "Code 52 was seen, four times, that is 4 times.",
        "Half of the runs end within 90 s, most within 2 h; the heap was 1.5 GiB.".replace("Half of the", "Typical"),
        "It is an OutOfMemoryError of Spark 3.5.1.",
    ],
)
def test_what_the_decision_says_is_grounded(text: str) -> None:
    assert ungrounded(text, DECISION) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Set spark.driver.memory=1280m.", "spark.driver.memory"),
        ("Set SPARK.DRIVER.MEMORY.", "SPARK.DRIVER.MEMORY"),
        ("Set spark.executor.memory=2g.", "2 g"),
        ("Set spark.executor.memory to 1280 MB.", "1280 mb"),
        ("Set spark.executor.memory to 1280.5m.", "1280.5 m"),
        ("It is 98% sure.", "98 %"),
        ("It is ninety percent sure, five times.", "5"),
        ("It failed 3 times.", "3"),
        ("It failed nine times.", "9"),
        ("It takes 90 min.", "90 min"),
        ("The cause is driver_heap_oom.", "driver_heap_oom"),
        ("A NullPointerException was thrown.", "NullPointerException"),
        ("Use Spark 3.5.2.", "3.5.2"),
        ("It took -1 s and 1,000,000 rows.", "1000000"),
    ],
)
def test_what_it_does_not_say_is_named(text: str, named: str) -> None:
    assert named in ungrounded(text, DECISION)


def test_a_truth_value_is_no_number_and_quantiles_carry_the_unit_of_their_field() -> None:
    assert ungrounded("1 run", {"cold": True}) == ["1"]
    assert ungrounded("1.5 min", {"duration_ms": {"p50": 90_000.0}}) == ["1.5 min"]
    assert ungrounded("2.5 min", {"duration_ms": {"p50": 150_000.0}}) == []
