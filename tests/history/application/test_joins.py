"""Joins with the sizes of their sides, from recorded logs and from lines that are broken."""

import json
from pathlib import Path

import pytest

from sparkwright.history.application.joins import Join, read_joins
from sparkwright.history.sources.log_files import LogSource, find_logs, logs_of_file

FIXTURES = Path(__file__).parents[2] / "fixtures"


def joins_at(path):
    sources = find_logs(path) if path.is_dir() else logs_of_file(path)
    return [join for source in sources if isinstance(source, LogSource) for join in read_joins(source)]


def recorded(recording, app_id):
    return joins_at(FIXTURES / recording / "eventlogs" / f"eventlog_v2_{app_id}")


def test_the_last_plan_of_a_query_tells_what_was_broadcast():
    """TPC-H 3 as adaptive execution left it: customers to orders, and line items to both."""
    assert recorded("campaign", "app-20261124043101-0011") == [
        Join(15, "BroadcastHashJoin", "Inner", None, 35474216),
        Join(15, "BroadcastHashJoin", "Inner", 33602392, None),
    ]


def test_a_merged_join_has_the_sizes_of_both_shuffles():
    assert recorded("faults", "app-20261128150135-0020") == [Join(0, "SortMergeJoin", "LeftOuter", 64000000, 8800000)]


def plan(node, text="", children=(), metrics=()):
    listed = [{"name": name, "accumulatorId": number, "metricType": "size"} for name, number in metrics]
    return {"nodeName": node, "simpleString": text, "children": list(children), "metrics": listed}


def exchange(number):
    return plan("Exchange", children=[plan("Scan parquet")], metrics=[("data size", number)])


SQL = "org.apache.spark.sql.execution.ui.SparkListenerSQL"
LOG_START = {"Event": "SparkListenerLogStart", "Spark Version": "4.3.0"}


def started(tree, execution_id=1, kind="ExecutionStart"):
    return {"Event": f"{SQL}{kind}", "executionId": execution_id, "sparkPlanInfo": tree}


def done(**sizes):
    listed = [{"ID": int(number[1:]), "Name": "data size", "Value": value} for number, value in sizes.items()]
    return {"Event": "SparkListenerStageCompleted", "Stage Info": {"Stage ID": 0, "Accumulables": listed}}


def written(path, *lines):
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines) + "\n", "utf-8")
    return path


def test_a_side_of_several_joins_has_no_size_of_its_own(tmp_path):
    inner = plan("SortMergeJoin", "SortMergeJoin [a], [b], Inner", [exchange(1), exchange(2)])
    outer = plan(
        "SortMergeJoin", "SortMergeJoin [a], [c], RightOuter", [plan("Project", children=[inner]), exchange(3)]
    )
    log = written(tmp_path / "log", LOG_START, started(outer), done(_1=10, _2="20", _3=30))
    assert joins_at(log) == [
        Join(1, "SortMergeJoin", "RightOuter", None, 30),
        Join(1, "SortMergeJoin", "Inner", 10, 20),
    ]


def test_an_adaptive_update_takes_the_place_of_the_plan_before(tmp_path):
    before = plan("SortMergeJoin", "SortMergeJoin [a], [b], Inner", [exchange(1), exchange(2)])
    after = plan("BroadcastHashJoin", "BroadcastHashJoin [a], [b], Inner, BuildRight", [exchange(1), exchange(2)])
    log = written(tmp_path / "log", LOG_START, started(before), started(after, kind="AdaptiveExecutionUpdate"))
    assert joins_at(log) == [Join(1, "BroadcastHashJoin", "Inner", None, None)]


@pytest.mark.parametrize("value", ["-1", "9" * 30, "many", None, 1.5, "\u0661"])
def test_sizes_that_are_none_are_unknown(tmp_path, value):
    tree = plan("SortMergeJoin", "SortMergeJoin [a], [b], Inner", [exchange(1), exchange(2)])
    log = written(tmp_path / "log", LOG_START, started(tree), done(_1=value, _2=7))
    assert joins_at(log) == [Join(1, "SortMergeJoin", "Inner", None, 7)]


def test_broken_lines_are_left_out(tmp_path):
    tree = plan("SortMergeJoin", "SortMergeJoin [a], [b]", [exchange(1), exchange(2)])
    half = json.dumps(started(tree, execution_id=2))[:200]
    torn = '{"Event":"SparkListenerStageCompleted","data size"'
    assert joins_at(written(tmp_path / "log", LOG_START, half, torn, started(tree))) == [
        Join(1, "SortMergeJoin", "", None, None)
    ]


def test_a_plan_of_absurd_depth_does_not_end_the_reading(tmp_path):
    deep = '{"nodeName":"Join","children":[' * 20_000 + "]}" * 20_000
    line = '{"Event":"' + SQL + 'ExecutionStart","executionId":1,"sparkPlanInfo":' + deep + "}"
    assert joins_at(written(tmp_path / "log", LOG_START, line)) == []
