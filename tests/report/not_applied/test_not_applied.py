"""From decisions that nobody submitted with to what they would have saved, over a real lake."""

import json
from datetime import UTC, datetime

import pytest

from data_contracts.api.report import Prices
from data_contracts.tables import Decision
from sparkwright.cli import main
from sparkwright.lake import Lake
from sparkwright.report.anonymise import anonymise
from sparkwright.report.build import build_report
from sparkwright.report.not_applied.fates import not_applied
from sparkwright.report.outputs.page import page_html
from sparkwright.report.reading import reading_of
from sparkwright.report.tables import read_tables
from tests.report.report_lakes import PRICES, Filters, add_run

GIB = 1024**3


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def unapplied(heap, version="1"):
    return json.dumps(
        {"release_version": version, "forecaster_version": version, "allocation": {"spark.executor.memory": heap}}
    )


def decide(lake, decision_id, *, withheld="", shadow="", allocation=None, asked=None):
    own = {"spark.executor.memory": "8g"}
    lake.merge(
        Decision,
        [
            Decision(
                decision_id=decision_id,
                workload_id="nightly",
                decided_at=datetime(2026, 3, 2, tzinfo=UTC),
                release_version="1",
                forecaster_version="1",
                request_json=json.dumps({"properties": own if asked is None else asked}),
                forecast_json="null",
                allocation_json=json.dumps(own if allocation is None else allocation),
                cold=False,
                trial=False,
                extrapolated=False,
                report_only=bool(withheld),
                withheld_json=withheld,
                shadow_json=shadow,
                reported_app_id=None,
                reported_exit_code=None,
            )
        ],
    )


def ran(lake, app_id, heap_gib, *, decision_id=None, verdict="enough", read=GIB, **told):
    facts = {"executor_memory_bytes": heap_gib * GIB, "memory_verdict": verdict, "input_bytes": read}
    facts["status"] = "succeeded" if verdict == "enough" else "failed"
    properties = {"spark.executor.memory": f"{heap_gib}g"}
    add_run(lake, app_id, properties=properties, run={**facts, "decision_id": decision_id}, **told)


def judged(lake, prices: Prices = PRICES, **narrowed):
    return not_applied(lake, read_tables(lake, **narrowed).applications, prices)


def test_what_nobody_was_advised_is_nothing(lake):
    assert judged(lake) == []
    ran(lake, "app-1", 8)
    decide(lake, "d1")
    assert judged(lake) == []


def test_savings_count_by_what_the_outcomes_say_of_the_heap(lake):
    for number, (heap, verdict, advised) in enumerate(
        [(8, "enough", "4g"), (8, "enough", "3g"), (8, "heap_oom", "4g"), (8, "enough", "10g")]
    ):
        decide(lake, f"d{number}", withheld=unapplied(advised))
        ran(lake, f"app-{number}", heap, decision_id=f"d{number}", verdict=verdict, days=number)
    ran(lake, "app-9", 4, days=9)  # proves 4 GiB for this input, but another one died with 8
    [found] = judged(lake)
    assert (found.source, found.decisions, found.runs) == ("report_only", 4, 4)
    fates = found.fates
    assert (fates.certain.runs, fates.ruled_out.runs, fates.undecidable.runs) == (1, 1, 2)
    # Two executors for an hour: 8 - 10 GiB, and 8 - 4 and 8 - 3.
    assert fates.ruled_out.memory_gib_h == pytest.approx(-4)
    assert fates.undecidable.memory_gib_h == pytest.approx(2 * (4 + 5))
    assert fates.ruled_out.money == pytest.approx(-4 * 0.5)
    assert sum(found.undecidable_because.values()) == 2


def test_a_proof_rules_a_death_out_whenever_it_came_and_the_window_does_not_hide_deaths(lake):
    decide(lake, "d1", withheld=unapplied("4g"))
    ran(lake, "app-1", 4, days=0)
    ran(lake, "app-2", 8, decision_id="d1", days=30)
    narrowed = {"since": datetime(2026, 3, 20, tzinfo=UTC)}
    [found] = judged(lake, **narrowed)
    assert (found.fates.ruled_out.runs, found.fates.ruled_out.memory_gib_h) == (1, pytest.approx(8))
    ran(lake, "app-0", 5, verdict="heap_oom", days=-1)
    [found] = judged(lake, **narrowed)
    assert (found.fates.ruled_out.runs, found.fates.undecidable.runs) == (0, 1)


def test_a_death_that_advice_would_have_avoided_is_counted_where_the_input_was_told(lake):
    decide(lake, "d1", withheld=unapplied("12g"))
    [decision] = [Decision.model_validate(one) for one in lake.read(Decision).to_pylist()]
    lake.merge(Decision, [decision.model_copy(update={"input_bytes": 2 * GIB})])
    ran(lake, "app-1", 8, decision_id="d1", verdict="heap_oom")
    ran(lake, "app-2", 12, read=2 * GIB, days=1)
    [found] = judged(lake)
    assert found.fates.deaths_avoided == found.fates.ruled_out.runs == 1


def test_a_shadow_is_held_against_the_run_as_it_went_by_release(lake):
    for number, version in enumerate(["7", "7", "8"]):
        decide(
            lake,
            f"d{number}",
            shadow=unapplied("4g", version),
            asked={},
            allocation={"spark.executor.memory": "6g", "spark.executor.memoryOverhead": "2g"},
        )
        own = {"spark.executor.memory": "6g", "spark.executor.memoryOverhead": "2g"}
        add_run(
            lake,
            f"app-{number}",
            days=number,
            properties=own,
            application={"platform": "yarn"},
            run={
                "decision_id": f"d{number}",
                "executor_memory_bytes": 6 * GIB,
                "executor_memory_overhead_bytes": 2 * GIB,
                "memory_verdict": "enough",
                "status": "succeeded",
                "input_bytes": GIB,
            },
        )
    found = {one.release_version: one for one in judged(lake)}
    assert {name: (one.source, one.runs) for name, one in found.items()} == {"7": ("shadow", 2), "8": ("shadow", 1)}
    # The served release's overhead of 2 GiB is no part of the other's advice: Spark derives 0.4 GiB.
    assert found["8"].fates.undecidable.memory_gib_h == pytest.approx(2 * (8 - 4 - 409 / 1024))


def test_a_decision_without_a_run_is_counted_and_a_run_that_may_not_be_seen_is_not(lake):
    for number in range(3):
        decide(lake, f"d{number}", withheld=unapplied("8g"))
    ran(lake, "app-0", 8, decision_id="d0")
    ran(lake, "app-1", 8, decision_id="d1", application={"queue": "secret"})
    [found] = judged(lake)
    assert (found.decisions, found.runs) == (3, 2)
    seen = read_tables(lake, sees=lambda queue, workload_id: queue != "secret").applications
    [found] = not_applied(lake, seen, PRICES)
    assert (found.decisions, found.runs) == (3, 1)
    assert not_applied(lake, seen, PRICES, sees=lambda queue, workload_id: queue == "etl") == []
    assert not_applied(lake, seen.slice(0, 0), PRICES) == []


def test_the_report_shows_it_and_an_anonymised_one_names_nobody(lake, capsys):
    decide(lake, "d1", withheld=unapplied("8g"), shadow=unapplied("6g", "7"))
    ran(lake, "app-1", 8, decision_id="d1")
    assert main(["report", "--lake", lake.uri]) == 0
    shown = capsys.readouterr().out
    assert "Report-only: workloads that have not opted in" in shown
    assert "In shadow: release 7" in shown
    assert "would have held: 1 run(s): 0 GiB-h (0 GB-s) less" in shown
    tables = read_tables(lake)
    report = build_report(
        tables, source="", reading=reading_of(None, tables), prices=PRICES, filters=Filters(), not_applied=judged(lake)
    )
    assert "nightly" in report.model_dump_json()
    assert "nightly" not in anonymise(report).model_dump_json()


def test_the_page_shows_it_too_and_a_workload_makes_no_tag(lake):
    for number, (heap, verdict) in enumerate([(8, "enough"), (8, "enough"), (8, "heap_oom")]):
        decide(lake, f"d{number}", withheld=unapplied("4g"), shadow=unapplied("10g", "7"))
        ran(lake, f"app-{number}", heap, decision_id=f"d{number}", verdict=verdict, days=number)
    tables, [mine, shadow] = read_tables(lake), judged(lake)
    evil = [mine.workloads[0].model_copy(update={"workload_id": "<script>alert(1)</script>"})]
    told = [mine.model_copy(update={"workloads": evil}), shadow]
    report = build_report(
        tables, source="", reading=reading_of(None, tables), prices=PRICES, filters=Filters(), not_applied=told
    )
    page = page_html(report)
    assert "<h2>Report-only: workloads that have not opted in</h2>" in page
    assert "<h2>In shadow: release 7, against the runs as they went</h2>" in page
    assert "3 decision(s), 3 run(s)" in page
    # Two executors for an hour with 4 GiB less, of two runs that held and said nothing of a lower heap.
    assert "undecidable: 16 GiB-h (61,848 GB-s) less; 2 run(s); that saving is not certain" in page
    assert "would have died: 8.0 GiB-h (30,924 GB-s) less; 1 run(s), as they did with at least as much" in page
    assert "would have held: 8.0 GiB-h (30,924 GB-s) more; 2 run(s)" in page, "10 GiB in place of 8"
    assert "Why 2 run(s) cannot be decided" in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<script") == 1


def test_a_page_without_such_advice_has_no_section_of_it(lake):
    ran(lake, "app-1", 8)
    tables = read_tables(lake)
    report = build_report(tables, source="", reading=reading_of(None, tables), prices=PRICES, filters=Filters())
    assert "Report-only" not in page_html(report)
