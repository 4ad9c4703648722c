"""The taxonomy as a whole: complete words, names that exist, the field's names, Spark's own conditions."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from sparkwright.diagnosis import taxonomy
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, SLOWDOWNS, UNKNOWN
from sparkwright.diagnosis.taxonomy.conditions.named import cause_of, printed_in, reason_of
from sparkwright.diagnosis.taxonomy.conditions.spark import BY_NAME, BY_STATE, NO_CAUSE
from training.lora import corpus

OURS = Path(taxonomy.__file__).with_name("field_names.yaml")
FIELD = Path(__file__).parents[4] / "shared" / "data" / "failures" / "causes.yaml"


def test_every_cause_says_what_it_is_what_it_is_not_and_what_would_prove_it() -> None:
    for cause in (*ROOT_CAUSES.values(), *SLOWDOWNS.values()):
        if cause is UNKNOWN:
            continue
        assert cause.explanation and cause.remedy and cause.needed_log and cause.not_to_confuse, cause.name
        assert bool(cause.marks) == (cause.name in ROOT_CAUSES), cause.name
        for name, difference in cause.not_to_confuse:
            assert name in {**ROOT_CAUSES, **SLOWDOWNS} and name != cause.name and difference, (cause.name, name)


def test_what_a_repair_sets_is_among_the_knobs_of_its_cause() -> None:
    text = (
        "was 9 bytes; failed after 16 retries; after 60000 ms could not be acquired; after polling for 512; arrow; "
        "snappy parquet; spark.sql.legacy.timeParserPolicy; s3a; x-driver-svc UnknownHost; FetchFailed; Executor; "
        "BypassMergeSortShuffleWriter; Insufficient cpu; RMM; com.mysql.cj.jdbc.Driver; in driver 3.9; "
        "MessageSerializer.readMessage; max.dynamic.partitions to at least 9; anon-rss:900000kB; not registered; "
        "Buffer overflow. Available: 0, required: 9"
    )
    properties = {
        "spark.master": "yarn",
        "spark.driver.memory": "4g",
        "spark.memory.offHeap.size": "1g",
        "spark.shuffle.service.enabled": "true",
        "spark.network.timeout": "9s",
        "spark.executor.cores": "4",
        "spark.executor.pyspark.memory": "1g",
    }
    repaired = 0
    for cause in ROOT_CAUSES.values():
        for name in cause.repair(properties, text):
            assert any(name in knob for knob in cause.knobs), (cause.name, name)
            repaired += 1
    assert repaired > 25


def test_failures_and_slow_causes_share_no_name() -> None:
    assert not set(ROOT_CAUSES) & set(SLOWDOWNS)


@pytest.mark.skipif(not FIELD.is_file(), reason="../shared/data/failures is not there")
def test_every_name_of_the_field_is_one_of_ours_and_of_the_same_family() -> None:
    theirs = {entry["name"]: entry["family"] for entry in yaml.safe_load(FIELD.read_text(encoding="utf-8"))["causes"]}
    renamed = yaml.safe_load(OURS.read_text(encoding="utf-8"))
    assert set(renamed) <= set(ROOT_CAUSES)
    assert {renamed.get(name, name): cause.family for name, cause in ROOT_CAUSES.items()} == theirs


def test_every_error_condition_of_the_installed_spark_has_a_cause_or_a_reason() -> None:
    conditions = corpus.error_conditions(corpus.pyspark_folder())
    assert len(conditions) > 2000
    open_ones = []
    counted: Counter[str] = Counter()
    for condition in conditions:
        cause = cause_of(condition.name, condition.sql_state)
        counted[cause or "none"] += 1
        if cause is None and reason_of(condition.name, condition.sql_state) is None:
            open_ones.append(condition.name)
    assert open_ones == []
    assert set(counted) - {"none"} <= set(ROOT_CAUSES)
    assert counted["none"] < len(conditions) / 2


def test_no_rule_of_conditions_is_dead() -> None:
    conditions = corpus.error_conditions(corpus.pyspark_folder())
    names = [condition.name for condition in conditions]
    states = {condition.sql_state for condition in conditions}
    assert [start for start in BY_NAME if not any(name.startswith(start) for name in names)] == []
    assert [start for start in BY_STATE if not any(state.startswith(start) for state in states)] == []
    assert [start for start in NO_CAUSE if not any(text.startswith(start) for text in [*names, *states])] == []


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        ("[CAST_INVALID_INPUT] The value 'x' SQLSTATE: 22018", ["cast_error"]),
        ("[SOME_NEW_CONDITION] The table SQLSTATE: 42P01", ["analysis_error"]),
        ("[SOME_NEW_CONDITION] without a state", []),
        ("[FAILED_READ_FILE.NO_HINT] x [MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] y", ["malformed_record"]),
        ("[ERROR] [INFO] [GC]", []),
    ],
)
def test_conditions_are_read_where_they_are_printed(text: str, causes: list[str]) -> None:
    assert [cause for cause, _, _ in printed_in(text)] == causes


def test_no_pattern_reaches_over_a_whole_text() -> None:
    """With an unbounded one, searching takes the square of the length of a text that repeats a word."""
    unbounded = [
        (cause.name, pattern)
        for cause in ROOT_CAUSES.values()
        for mark in cause.marks
        for pattern in (mark.said, mark.but)
        if re.search(r"(?<!\\)\.[*+]", pattern)
    ]
    assert unbounded == []
