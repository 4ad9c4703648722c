"""Savings, their period and their order, with an adviser that says what the test says."""

import pytest

from data_contracts.api.report import Filters, Setting
from sparkwright.lake import Lake
from sparkwright.report.build import build_report
from sparkwright.report.reading import reading_of
from sparkwright.report.sizing import SizingAdvice
from sparkwright.report.tables import read_tables
from tests.report.report_lakes import PRICES, add_run


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def setting(advised, kind="proven", name="spark.executor.memory", current="8g"):
    return Setting(property=name, current=current, advised=advised, kind=kind, reason="a test says so")


def sized(lake, advice):
    tables = read_tables(lake)
    report = build_report(
        tables,
        source="",
        reading=reading_of(None, tables),
        prices=PRICES,
        filters=Filters(),
        adviser=lambda history: SizingAdvice(advice.get(history.workload_id, []), "a word"),
    )
    return report.sizing


def test_a_saving_is_the_difference_over_the_hours_of_the_executors(lake):
    add_run(lake, "app-1", hours=2)  # 4 executor-hours
    sizing = sized(lake, {"nightly": [setting("6g")]})
    assert sizing.per == "window"
    assert sizing.proven.memory_gib_h == pytest.approx(2 * 4)
    assert sizing.proven.money == pytest.approx(2 * 4 * 0.5)
    assert sizing.trial.money == 0


def test_less_heap_saves_its_overhead_too_where_that_is_reserved(lake):
    add_run(lake, "app-1", hours=2, application={"platform": "yarn"}, properties={"spark.executor.memory": "20g"})
    sizing = sized(lake, {"nightly": [setting("10g")]})
    assert sizing.proven.memory_gib_h == pytest.approx((22 - 11) * 4)


def test_fewer_cores_save_cores(lake):
    add_run(lake, "app-1", hours=2)
    sizing = sized(lake, {"nightly": [setting("3", name="spark.executor.cores", current="4")]})
    assert sizing.proven.cores_h == pytest.approx(4)
    assert sizing.proven.money == pytest.approx(4)


def test_a_trial_saves_on_top_of_the_proven_and_is_summed_apart(lake):
    add_run(lake, "app-1")
    sizing = sized(lake, {"nightly": [setting("6g"), setting("5g", "trial")]})
    assert sizing.proven.memory_gib_h == pytest.approx(4)
    assert sizing.trial.memory_gib_h == pytest.approx(2)


def test_a_week_is_scaled_down_to_and_never_up_to(lake):
    add_run(lake, "app-1", days=0)
    add_run(lake, "app-2", days=14 - 1 / 24)
    sizing = sized(lake, {"nightly": [setting("6g")]})
    assert (sizing.per, sizing.window_days) == ("week", pytest.approx(14))
    assert sizing.proven.memory_gib_h == pytest.approx(2 * 4 / 2)


def test_workloads_are_sorted_by_what_is_proven_then_by_what_could_be_tried(lake):
    for number, name in enumerate("abcd"):
        add_run(lake, f"app-{number}", application={"workload_id": name})
    advice = {"a": [setting("7g", "trial")], "b": [setting("7g")], "c": [setting("4g")], "d": [setting("16g")]}
    sizing = sized(lake, advice)
    assert [one.workload_id for one in sizing.workloads] == ["c", "b", "a", "d"]
    assert sizing.proven.memory_gib_h == pytest.approx(2 * (4 + 1)), "what needs more lowers no saving"
    assert sizing.more.memory_gib_h == pytest.approx(-16)


def test_the_newest_run_says_what_is_current(lake):
    add_run(lake, "app-2", days=1, properties={"spark.executor.memory": "10g"})
    add_run(lake, "app-1", days=0, properties={"spark.executor.memory": "2g"})
    advice = [setting("8g", current="10g")]
    assert sized(lake, {"nightly": advice}).proven.memory_gib_h == pytest.approx((10 - 8) * 4)


def test_without_a_change_there_is_no_saving(lake):
    add_run(lake, "app-1")
    workload = sized(lake, {"nightly": [setting("8g"), setting(None, None)]}).workloads[0]
    assert workload.proven is None
    assert not workload.is_advised


def test_more_partitions_are_advice_and_no_saving(lake):
    add_run(lake, "app-1")
    partitions = setting("400", "trial", "spark.sql.shuffle.partitions", "200")
    workload = sized(lake, {"nightly": [partitions]}).workloads[0]
    assert workload.trial is None
    assert workload.is_advised
