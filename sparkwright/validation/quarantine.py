"""Move rows that break their contract from their table to quarantine.

They are written to quarantine before they are removed: a crash in between costs a second validation, never a row.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from data_contracts.checks.checked import Checked
from data_contracts.row import Row, primary_key
from data_contracts.tables import Application, Quarantined
from sparkwright.history.harvest.read import quarantined
from sparkwright.lake import Lake
from sparkwright.redaction import redact_text


def set_aside(lake: Lake, row_type: type[Row], table: pa.Table, results: Sequence[Checked]) -> None:
    """Move the rows that broke an expectation to quarantine, as JSON with everything that they broke.

    A row of an application is filed under its log, so that ``harvest --retry-quarantine`` reads that again.

    Raises:
        LakeError: A table cannot be written.
    """
    why = _reasons(row_type, results)
    positions = sorted(why)
    bad = table.take(pa.array(positions, pa.int64()))
    logs = _logs(lake)
    seen: Counter[tuple[str, str]] = Counter()
    now = datetime.now(UTC)
    rows = []
    for position, row in zip(positions, bad.to_pylist(), strict=True):
        path = logs.get((row.get("app_id"), row.get("attempt_id")), "") if _is_of_log(row_type) else ""
        path = redact_text(row.get("source_path") or path or f"{lake.uri}/{row_type.table}")
        # The same row twice has the same reason: a number in place of the offset keeps them apart.
        number = seen[path, why[position]]
        seen[path, why[position]] += 1
        rows.append(quarantined(path, number, why[position], now, row_type.table, _as_json(row)))
    lake.merge(Quarantined, rows)
    lake.remove(row_type, bad)


def _reasons(row_type: type[Row], results: Sequence[Checked]) -> dict[int, str]:
    reasons: dict[int, str] = {}
    for one in results:
        for number, row in zip(one.row_numbers, one.bad_rows, strict=True):
            if number in reasons:
                reasons[number] += f"; and where {one.expected}"
            else:
                got = ", ".join(f"{name}={value}" for name, value in row.items())
                reasons[number] = f"expected a row of {row_type.table} where {one.expected}; got {got}"
    return reasons


def _is_of_log(row_type: type[Row]) -> bool:
    return row_type is Application or row_type.belongs_to is Application


def _logs(lake: Lake) -> Mapping[tuple[object, object], str]:
    """The log of every application."""
    if not lake.exists(Application):
        return {}
    table = lake.read(Application, columns=[*primary_key(Application), "source_path"])
    return {(row["app_id"], row["attempt_id"]): row["source_path"] for row in table.to_pylist()}


def _as_json(row: Mapping[str, object]) -> str:
    hidden = {name: redact_text(value) if isinstance(value, str) else value for name, value in row.items()}
    return json.dumps(hidden, default=str)
