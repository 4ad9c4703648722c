"""A lake that an older version wrote: fewer columns than the contracts have today."""

from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import write_deltalake

from data_contracts.row import Row
from data_contracts.tables import Application, Executor, Run, Source
from sparkwright.cli import main
from sparkwright.errors import LakeError
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of
from tests.support.history_contents import contents


def aged(lake: Lake, row_type: type[Row], *columns: str) -> None:
    """Write the table anew as if these columns were not thought of yet."""
    table = lake.read(row_type).drop_columns(list(columns))
    write_deltalake(f"{lake.uri}/{row_type.table}", table, mode="overwrite", schema_mode="overwrite")


def test_a_harvest_fills_columns_that_an_older_version_did_not_write(
    write_log: Callable[..., Path], lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_log("app-1").parent
    write_log("app-2", app_id="app-2", tasks=5)
    harvest(folder, None, lake)
    whole = contents(lake)
    aged(lake, Application, "evidence_tier", "diagnostics")
    aged(lake, Executor, "exclusion_count")
    with pytest.raises(LakeError, match=r"written without .*evidence_tier"):
        lake.read(Application)
    write_log("app-2", app_id="app-2", tasks=6)
    assert main(["harvest", "--event-log-dir", str(folder), "--lake", lake.uri]) == 0
    assert "an older version wrote executors, applications with fewer columns" in capsys.readouterr().out
    found = contents(lake)
    assert [row["app_id"] for row in found["applications"]] == ["app-1", "app-2"]
    assert found["applications"][0] == whole["applications"][0]
    assert {run.task_count for run in rows_of(Run, lake.read(Run))} == {3, 6}
    assert len(rows_of(Application, lake.read(Application))) == 2
    report = harvest(folder, None, lake)
    assert (report.outdated, report.unchanged) == ([], 2)


def test_an_older_lake_whose_optional_columns_are_missing_is_read_as_it_is(
    write_log: Callable[..., Path], lake: Lake
) -> None:
    folder = write_log("app-1").parent
    harvest(folder, None, lake)
    aged(lake, Source, "awaited_until_at")
    aged(lake, Application, "diagnostics")
    report = harvest(folder, None, lake)
    assert (report.outdated, report.unchanged) == ([], 1)


@pytest.mark.parametrize("command", ["applications", "quarantine"])
def test_a_list_of_an_older_lake_says_what_to_do(
    write_log: Callable[..., Path], lake: Lake, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    folder = write_log("app-1").parent
    write_log("empty", b"")
    harvest(folder, None, lake)
    aged(lake, Application, "evidence_tier")
    code = main([command, "--lake", lake.uri])
    told = capsys.readouterr()
    if command == "applications":
        assert code == 2
        assert "evidence_tier" in told.err
        assert "`sparkwright harvest`" in told.err
    else:
        assert code == 0
        assert "the log is empty" in told.out
