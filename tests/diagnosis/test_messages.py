"""The table of what software prints, line by line: each names its cause between ordinary lines of another style."""

import csv
from pathlib import Path
from typing import get_args

import pytest

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.fields.execution import EvidenceKind
from evaluation.troubleshooter.names import field_name, our_names
from sparkwright.diagnosis.answer import answer
from sparkwright.diagnosis.rules import marks_of

TABLES = Path(__file__).parents[2] / "evaluation" / "recordings" / "messages"
COLUMNS = ["cause", "message", "source", "software"]
KINDS = frozenset(get_args(get_args(EvidenceKind)[0]))
BEFORE = "26/01/05 10:00:00 WARN Utils: Service 'SparkUI' could not bind on port 4040. Attempting port 4041."
AFTER = (
    '{"ts":"2026-01-05T10:00:01Z","level":"INFO","logger":"BlockManagerInfo",'
    '"msg":"Added broadcast_3_piece0 in memory on w3:41317 (size: 42.1 KiB, free: 366.2 MiB)"}'
)


def _rows() -> list[dict[str, str]]:
    """Every row of every table; a table of other columns fails here."""
    rows: list[dict[str, str]] = []
    for path in sorted(TABLES.glob("messages_*.csv")):
        with path.open(encoding="utf-8", newline="") as table:
            reader = csv.DictReader(table)
            assert reader.fieldnames == COLUMNS, f"{path.name}: expected columns {COLUMNS}, came {reader.fieldnames}"
            rows += reader
    return rows


ROWS = _rows()


def _item(number: int, kind: str, message: str) -> EvidenceItem:
    return EvidenceItem.model_validate(
        {"evidence_id": f"e{number}", "kind": kind, "source": "test", "exception_class": "", "message": message}
    )


def _told(message: str) -> EvidenceItem:
    """A cell's message; `kind|` before it says whose it is, a driver's log otherwise. A line break is written \\n."""
    kind, bar, text = message.partition("|")
    if not bar or kind not in KINDS:
        kind, text = "driver_log", message
    return _item(2, kind, text.replace("\\n", "\n").replace("\\t", "\t"))


def test_every_row_is_whole_and_stands_once() -> None:
    assert len(ROWS) > 500
    assert all(all(row[name].strip() for name in COLUMNS) for row in ROWS)
    assert not [row["cause"] for row in ROWS if not our_names(row["cause"])]
    messages = [row["message"] for row in ROWS]
    assert len(messages) == len(set(messages))


@pytest.mark.parametrize("line", [BEFORE, AFTER])
def test_the_lines_around_name_no_cause_of_their_own(line: str) -> None:
    assert answer([_item(1, "driver_log", line)]).confidence is None


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['cause']}-{number}" for number, row in enumerate(ROWS)])
def test_what_software_prints_names_its_cause(row: dict[str, str]) -> None:
    facts = [_item(1, "driver_log", BEFORE), _told(row["message"]), _item(3, "driver_log", AFTER)]
    found = answer(facts)
    assert field_name(found.root_cause) == row["cause"], [
        (cause.name, strength.name) for cause, strength in marks_of(facts[1])
    ]
