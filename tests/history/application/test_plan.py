from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sparkwright.history.application.plan import plan_fingerprint
from sparkwright.history.event_log import read_event_log
from sparkwright.history.events.sql_events import PlanNode, SqlAdaptiveUpdate, decode_adaptive_update
from sparkwright.history.sources.log_files import LogSource, find_logs

SCAN = (
    "FileScan parquet [day#{id},city#{other}] Batched: true, DataFilters: [isnotnull(city#{other}), "
    "(city#{other} = {city})], Format: Parquet, Location: InMemoryFileIndex(1 paths)[s3a://lake/events/day={day}], "
    "PartitionFilters: [], PushedFilters: [IsNotNull(city), EqualTo(city,{city})], ReadSchema: struct<city:string>"
)


def report(*, id: int, city: str, day: str, partitions: int, function: str = "sum", column: str = "price") -> PlanNode:
    """A plan as Spark writes it, of a report for one city and day."""
    texts = {"id": id, "other": id + 7, "city": city, "day": day}
    scan = PlanNode("Scan parquet ", SCAN.format(**texts))
    joined = PlanNode("Scan JDBCRelation((SELECT * FROM t WHERE d = '" + day + "') x) [numPartitions=1]", "")
    table = PlanNode(f"Scan parquet spark_catalog.default.events_{day.replace('-', '')}", "")
    exchange = PlanNode("Exchange", f"Exchange hashpartitioning(city#{id}, {partitions}), [plan_id={id + 90}]")
    exchange.children = [scan, joined, table]
    text = f"HashAggregate(keys=[city#{id}], functions=[{function}({column}#{id + 1}L)])"
    return PlanNode("HashAggregate", text, [exchange])


MONDAY = report(id=3, city="Bern", day="2026-11-23", partitions=200)


def test_the_same_query_on_another_day_has_the_same_fingerprint() -> None:
    tuesday = report(id=41, city="Rio de Janeiro, 2nd", day="2026-11-24", partitions=8)
    assert plan_fingerprint(MONDAY) == plan_fingerprint(tuesday)


@pytest.mark.parametrize("change", [{"function": "avg"}, {"column": "amount"}])
def test_another_function_or_column_is_another_query(change: dict[str, str]) -> None:
    other = report(id=3, city="Bern", day="2026-11-23", partitions=200, **change)
    assert plan_fingerprint(MONDAY) != plan_fingerprint(other)


def test_where_an_operator_stands_counts() -> None:
    a, b, c = (PlanNode(name) for name in "ABC")
    chain = PlanNode("Union", "", [PlanNode("A", "", [b]), c])
    flat = PlanNode("Union", "", [a, b, c])
    swapped = PlanNode("Union", "", [c, PlanNode("A", "", [b])])
    assert len({plan_fingerprint(plan) for plan in (chain, flat, swapped)}) == 3


def test_a_deep_plan_needs_no_deep_stack() -> None:
    plan = PlanNode("Project")
    for _ in range(100_000):
        plan = PlanNode("Project", "", [plan])
    assert plan_fingerprint(plan)
    while plan.children:  # taken apart by hand: so deep a tree must not be let go of at once
        plan = plan.children.pop()


def fingerprints(logs: Path) -> dict[str, set[str | None]]:
    """The fingerprints of the SQL executions of each job that the lab recorded, over all its runs."""
    found: dict[str, set[str | None]] = {}
    for source in find_logs(logs):
        assert isinstance(source, LogSource)
        app = read_event_log(source).application
        assert app.start is not None
        kept = found.setdefault(app.start.app_name or "", set())
        kept |= {execution.plan_fingerprint for execution in app.sql_executions.values()}
    return found


def test_real_jobs_keep_their_fingerprint_over_runs_with_other_inputs_and_sizes(campaign_logs: Path) -> None:
    """The lab ran each job with several sizes of input, memory and numbers of partitions."""
    by_job = fingerprints(campaign_logs)
    for job in ("bucket_reports", "hash_join", "json_ingest", "user_histories", "sort"):
        assert len(by_job[job]) == 1
    queries = [by_job[f"tpch_q{number}"] for number in ("03", "13", "18", "21")]
    views = set.intersection(*queries)
    assert len(views) == 1  # each makes the same views first
    assert len(set.union(*queries)) == 5


def test_an_adaptive_update_is_read_without_its_plan() -> None:
    line = b'{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate","executionId":17,'
    assert decode_adaptive_update(line + b'"sparkPlanInfo":{}}') == SqlAdaptiveUpdate(17)
    assert decode_adaptive_update(b'{"executionId":3,"Event":"Update"}') == SqlAdaptiveUpdate(3)
    with pytest.raises(msgspec.DecodeError):
        decode_adaptive_update(line + b'"sparkPlanInfo":{"nodeName":"Adap')


def test_a_plan_nested_too_deep_is_set_aside_and_the_rest_is_read(
    write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, object]]]
) -> None:
    depth = 20_000
    plan = b'{"nodeName":"Union","children":[' * depth + b"]}" * depth
    start = (
        b'{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart","executionId":0,"sparkPlanInfo":'
    )
    lines = [msgspec.json.encode(one) for one in log_events()]
    path = write_log("app-1", b"\n".join([*lines[:4], start + plan + b"}", *lines[4:]]))
    (source,) = find_logs(path.parent)
    assert isinstance(source, LogSource)
    reading = read_event_log(source)
    assert [fault.reason for fault in reading.faults] == ["expected an event, its values are nested too deep"]
    assert reading.application.event_count == len(lines)
