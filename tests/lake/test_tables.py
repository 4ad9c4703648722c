import re
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pyarrow.compute as pc
import pytest
from deltalake import write_deltalake

from data_contracts.tables import Evidence, Run, Source
from sparkwright.errors import LakeError
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of
from tests.support.simulated_runs import simulated_runs


def fact(app_id: str, number: int, message: str = "m") -> Evidence:
    return Evidence(
        app_id=app_id,
        attempt_id="1",
        evidence_id=f"e{number}",
        kind="metric",
        source="s",
        exception_class="",
        message=message,
        occurrence_count=number,
    )


def test_a_store_that_does_not_answer_is_reported_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    lake = Lake("s3://nobody/lake", {"aws_access_key_id": "k", "aws_secret_access_key": "s", "max_retries": "0"})
    for look in (lake.exists, lake.lacks, lake.version, lake.read):
        with pytest.raises(LakeError, match="s3://nobody/lake/evidence") as caught:
            look(Evidence)
        assert "\n" not in str(caught.value)
        assert "\x1b" not in str(caught.value)
        assert "S3 error; " in str(caught.value)


def write_many(uri: str, writer: int) -> None:
    lake = Lake(uri)
    for round_number in range(4):
        app_id = f"app-{writer}-{round_number}"
        lake.replace(Evidence, [fact(app_id, number) for number in (1, 2)], [{"app_id": app_id, "attempt_id": "1"}])


def write_one_group(uri: str, writer: int) -> None:
    for _ in range(8):
        facts = [fact("shared", number, f"of {writer}") for number in range(1, writer + 3)]
        Lake(uri).replace(Evidence, facts, [{"app_id": "shared", "attempt_id": "1"}])


def test_a_table_that_was_never_written_names_the_command_that_fills_it(lake: Lake) -> None:
    with pytest.raises(LakeError, match="sparkwright harvest"):
        lake.read(Evidence)
    assert not lake.exists(Evidence)


def test_rows_come_back_as_they_were_written(lake: Lake) -> None:
    row = Source(
        source_path="/logs/o'brien",
        size_bytes=2**40,
        modified_at_ns=1,
        app_id=None,
        launch_id=None,
        harvested_at=datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC),
    )
    lake.merge(Source, [row])
    assert rows_of(Source, lake.read(Source)) == [row]
    assert rows_of(Source, lake.read(Source, filters=[("source_path", "=", "/logs/o'brien")])) == [row]


def test_a_row_with_a_known_key_replaces_and_replaying_changes_nothing(lake: Lake) -> None:
    lake.merge(Evidence, [fact("a", 1, "old"), fact("a", 2)])
    lake.merge(Evidence, [fact("a", 1, "new")])
    lake.merge(Evidence, [fact("a", 1, "new")])
    assert sorted(lake.read(Evidence)["message"].to_pylist()) == ["m", "new"]


def test_replacing_a_group_leaves_other_groups_alone(lake: Lake) -> None:
    lake.merge(Evidence, [fact("a", 1), fact("a", 2), fact("b", 1)])
    lake.replace(Evidence, [fact("a", 2)], [{"app_id": "a", "attempt_id": "1"}])
    found = {(row.app_id, row.evidence_id) for row in rows_of(Evidence, lake.read(Evidence))}
    assert found == {("a", "e2"), ("b", "e1")}
    lake.replace(Evidence, [], [{"app_id": "b", "attempt_id": "1"}])
    assert lake.read(Evidence)["app_id"].to_pylist() == ["a"]


def test_filters_and_columns_work_together(lake: Lake) -> None:
    lake.merge(Evidence, [fact("a", number) for number in range(1, 6)])
    small = lake.read(Evidence, columns=["evidence_id"], filters=[("app_id", "=", "a"), ("occurrence_count", "<=", 2)])
    assert small.column_names == ["evidence_id"]
    assert sorted(small["evidence_id"].to_pylist()) == ["e1", "e2"]
    same = lake.read(Evidence, columns=["evidence_id"], filters=pc.field("occurrence_count") <= 2)
    assert sorted(same["evidence_id"].to_pylist()) == ["e1", "e2"]


def test_rows_are_found_by_a_list_of_texts(lake: Lake) -> None:
    lake.merge(Evidence, [fact(app_id, 1) for app_id in ("app-1", "app-2", "app-3", "it's")])
    for wanted in ((), ("app-1",), ("it's", "app-1", "missing"), tuple(f"app-{number}" for number in range(2, 900))):
        found = set(lake.read(Evidence, filters=[("app_id", "in", wanted)])["app_id"].to_pylist())
        assert found == {"app-1", "app-2", "app-3", "it's"} & set(wanted)
    with pytest.raises(ValueError, match="operator"):
        lake.read(Evidence, filters=[("app_id", "=", ("app-1",))])


def test_a_merge_that_reads_only_files_with_the_same_constant_replaces_as_any_merge(lake: Lake) -> None:
    for app_id in ("app-1", "app-2", "it's"):
        lake.merge(Evidence, [fact(app_id, number, "old") for number in (1, 2)])
    changed = [fact("app-2", 1, "new"), fact("it's", 2, "new"), fact("app-4", 1, "new")]
    lake.merge(Evidence, changed, constant="app_id")
    found = {(one.app_id, one.evidence_id): one.message for one in rows_of(Evidence, lake.read(Evidence))}
    assert {key for key, message in found.items() if message == "new"} == {
        ("app-2", "e1"),
        ("it's", "e2"),
        ("app-4", "e1"),
    }
    assert len(found) == 7


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    uri = str(tmp_path / "lake")
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        list(pool.map(write_many, [uri] * 3, range(3)))
    assert Lake(uri).read(Evidence).num_rows == 3 * 4 * 2


def test_writers_of_one_group_at_once_leave_the_rows_of_one_of_them(tmp_path: Path) -> None:
    uri = str(tmp_path / "lake")
    Lake(uri).merge(Evidence, [fact("other", 1)])
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        list(pool.map(write_one_group, [uri] * 3, range(3)))
    rows = [row for row in rows_of(Evidence, Lake(uri).read(Evidence)) if row.app_id == "shared"]
    (writer,) = {row.message for row in rows}
    assert len(rows) == int(writer.split()[-1]) + 2


def test_rows_outside_the_groups_they_are_said_to_be_of_are_refused(lake: Lake) -> None:
    with pytest.raises(LakeError, match="evidence"):
        lake.replace(Evidence, [fact("b", 1)], [{"app_id": "a", "attempt_id": "1"}])


def test_a_table_written_before_an_optional_column_existed_is_read_with_it_missing(lake: Lake) -> None:
    lake.merge(Source, [source("/a")])
    old = lake.read(Source).drop_columns(["launch_id"])
    write_deltalake(f"{lake.uri}/sources", old, mode="overwrite", schema_mode="overwrite")
    assert lake.read(Source)["launch_id"].to_pylist() == [None]
    lake.merge(Source, [source("/b")])
    assert sorted(lake.read(Source)["source_path"].to_pylist()) == ["/a", "/b"]


def test_a_table_that_lacks_a_column_of_its_contract_is_refused(lake: Lake) -> None:
    lake.merge(Source, [source("/a")])
    old = lake.read(Source).drop_columns(["size_bytes"])
    write_deltalake(f"{lake.uri}/sources", old, mode="overwrite", schema_mode="overwrite")
    with pytest.raises(LakeError, match="size_bytes"):
        lake.read(Source)


def test_a_folder_that_is_not_a_delta_table_is_a_lake_error(tmp_path: Path) -> None:
    folder = tmp_path / "lake" / "sources" / "_delta_log"
    folder.mkdir(parents=True)
    (folder / "00000000000000000000.json").write_text("not json")
    with pytest.raises(LakeError, match="sources"):
        Lake(str(tmp_path / "lake")).read(Source)


def source(path: str) -> Source:
    return Source(
        source_path=path, size_bytes=1, modified_at_ns=1, app_id="a", launch_id="l", harvested_at=datetime.now(UTC)
    )


@pytest.mark.parametrize("content", ["{nonsense", '{"protocol": 1}\n', "\x00\xff"])
def test_a_damaged_delta_log_is_told_without_a_backtrace(tmp_path: Path, content: str) -> None:
    lake = Lake(str(tmp_path / "lake"))
    lake.merge(Run, simulated_runs(1, 2))
    for log in (tmp_path / "lake" / Run.table / "_delta_log").glob("*.json"):
        log.write_text(content)
    for use in (lambda: lake.read(Run), lambda: lake.merge(Run, simulated_runs(1, 2))):
        with pytest.raises(LakeError, match=r"table runs at .*error: ") as told:
            use()
        assert not re.search(r"<unknown>|clone3|pthread|; \d+:|\.[cS]:\d|\n", str(told.value)), str(told.value)
