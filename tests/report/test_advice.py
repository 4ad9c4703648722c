"""What evidence proves, and what it does not."""

from datetime import timedelta

import pyarrow as pa
import pytest

from sparkwright.allocation.past import past_runs
from sparkwright.report.advice import advise
from sparkwright.report.sizing import WorkloadHistory
from tests.report import rows
from tests.report.report_lakes import START

GIB = 1024**3


def past(number, heap_gib, **values):
    started = START + timedelta(days=number)
    given = {"executor_memory_bytes": int(heap_gib * GIB), "ended_at": started + timedelta(hours=1), **values}
    return rows.run(app_id=f"app-{number}", started_at=started, **given)


def advised(*runs, platform="yarn", properties=None):
    runs = [run.model_copy(update={"platform": platform}) for run in runs]
    past = past_runs(pa.Table.from_pylist([dict(run) for run in runs]))
    advice = advise(WorkloadHistory("w", platform, [], past, properties or {}))
    return {one.kind: one.advised for one in advice.settings if one.property.endswith(".memory")}, advice


def test_what_is_asked_far_above_a_proven_heap_comes_down_to_it():
    settings, advice = advised(*(past(number, 0.5) for number in range(9)), past(9, 64))
    assert settings == {"proven": "512m"}
    assert advice.risk.startswith("proven by 9 run(s) at inputs up to 10.0 GiB")


def test_what_held_a_small_input_proves_nothing_for_a_larger_one():
    settings, _ = advised(past(0, 2, input_bytes=GIB), past(1, 8, input_bytes=100 * GIB))
    assert settings == {}


def test_a_death_is_never_forgotten():
    runs = [past(0, 3, memory_verdict="heap_oom"), *(past(number, 3) for number in range(1, 40)), past(40, 8)]
    settings, advice = advised(*runs)
    assert settings == {}
    assert "died at 3072m" in advice.risk


def test_a_container_kill_lowers_nothing():
    runs = [past(number, 2, peak_jvm_heap_bytes=GIB // 4) for number in range(4)]
    settings, advice = advised(*runs, past(4, 8, memory_verdict="container_kill"))
    assert settings == {}
    assert "outgrew its container" in advice.not_advised[0]


def test_a_heap_that_fewer_tasks_shared_proves_nothing():
    settings, _ = advised(past(0, 2, executor_cores_count=1), past(1, 8, executor_cores_count=4))
    assert settings == {}


def test_in_local_mode_the_drivers_heap_is_advised():
    _, advice = advised(*(past(number, 2) for number in range(3)), past(3, 8), platform="local")
    assert [one.property for one in advice.settings] == ["spark.driver.memory"]


def test_enough_runs_suggest_a_trial_whatever_they_peaked_at():
    for peak in (None, GIB, 7 * GIB):
        settings, advice = advised(*(past(number, 8, peak_jvm_heap_bytes=peak) for number in range(20)))
        assert settings.keys() == {"trial"}
        assert 5461 < int(settings["trial"].removesuffix("m")) < 8192
        (setting,) = advice.settings
        assert "P(death)" in setting.reason


def test_the_risk_of_a_trial_says_what_is_proven_and_that_the_trial_is_not():
    settings, advice = advised(*(past(number, 8) for number in range(20)))
    assert advice.risk == f"8192m proven by 20 run(s) at inputs up to 10.0 GiB; {settings['trial']} never tried"


def test_runs_that_read_nothing_are_said_to():
    _, advice = advised(*(past(number, 8, input_bytes=0) for number in range(3)))
    assert advice.risk == "proven by 3 run(s) without input"


def test_a_trial_stays_above_what_died():
    runs = [past(number, 12, peak_jvm_heap_bytes=GIB) for number in range(1, 20)]
    settings, _ = advised(past(0, 6, memory_verdict="heap_oom"), *runs)
    assert 6144 < int(settings["trial"].removesuffix("m")) < 12 * 1024


@pytest.mark.parametrize("held", [1, 2])
@pytest.mark.parametrize("platform", ["yarn", "standalone"])
def test_what_held_is_not_raised_because_few_runs_stand_behind_it(held, platform):
    runs = [past(number, 4) for number in range(held)]
    larger = [past(held + number, 8, executor_memory_overhead_bytes=GIB) for number in range(3 - held)]
    newest = past(3, 4, memory_verdict="unknown", status="failed")
    _, advice = advised(*runs, *larger, newest, platform=platform, properties={"spark.executor.memory": "4g"})
    assert list(advice.settings) == []
    assert advice.risk.startswith(f"proven by {held} run(s)")


def test_after_a_death_what_held_is_proven_although_it_is_more():
    runs = [past(0, 4), past(1, 8, input_bytes=20 * GIB), past(2, 4, memory_verdict="heap_oom")]
    settings, _ = advised(*runs, platform="standalone")
    assert settings == {"proven": "8192m"}


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_runs_suggest_nothing(count):
    settings, advice = advised(*(past(number, 8, peak_jvm_heap_bytes=GIB) for number in range(count)))
    assert settings == {}
    assert f"spark.executor.memory: {count} run(s) held so far, less is only suggested from 3 on" in advice.not_advised


def test_a_container_kill_raises_the_overhead():
    runs = [past(number, 4) for number in range(3)]
    killed = past(3, 4, memory_verdict="container_kill", executor_memory_overhead_bytes=GIB)
    _, advice = advised(*runs, killed, properties={"spark.executor.memory": "4g"})
    (setting,) = advice.settings
    assert (setting.property, setting.kind) == ("spark.executor.memoryOverhead", "proven")
    assert int(setting.advised.removesuffix("m")) >= 1536


def test_a_large_shuffle_suggests_more_partitions():
    runs = [past(number, 8, shuffle_write_bytes=100 * GIB) for number in range(3)]
    _, advice = advised(*runs)
    (setting,) = [one for one in advice.settings if one.property == "spark.sql.shuffle.partitions"]
    assert (setting.current, setting.advised, setting.kind) == ("200", "400", "trial")
    assert advice.risk.startswith("8192m proven by 3 run(s)"), "of the heap, not of the partitions"


def test_a_few_partitions_more_are_not_worth_a_change():
    _, advice = advised(*(past(number, 8, shuffle_write_bytes=14 * GIB) for number in range(3)))
    assert advice.settings == []


def test_no_risk_is_a_probability():
    _, advice = advised(past(0, 8))
    assert "%" not in advice.risk
