"""Everything that a harvest leaves in a lake, to be compared; and the command that runs one in a process of its own."""

import json
import sys
from pathlib import Path

from data_contracts.row import Row
from data_contracts.tables import Application, Evidence, Executor, Quarantined, Run, Source, SqlExecution, Stage
from sparkwright.lake import Lake

TABLES: tuple[type[Row], ...] = (Application, Stage, Executor, SqlExecution, Run, Evidence, Source, Quarantined)


def contents(lake: Lake) -> dict[str, list[dict[str, object]]]:
    """Everything in the lake but the moment it was written, sorted."""
    found = {}
    for row_type in TABLES:
        rows = lake.read(row_type).to_pylist() if lake.exists(row_type) else []
        for row in rows:
            row.pop("harvested_at", None)
        found[row_type.table] = sorted(rows, key=lambda row: json.dumps(row, default=str, sort_keys=True))
    return found


def rows(lake: Lake) -> dict[str, list[dict[str, object]]]:
    """Everything in the lake but where and when it was read."""
    found = contents(lake)
    del found[Source.table]
    for row in [row for table in found.values() for row in table]:
        row.pop("source_path", None)
    return found


def command(*words: object, home: Path) -> list[str]:
    return [sys.executable, "-m", "sparkwright.cli", *map(str, words), "--lake", str(home / "lake")]
