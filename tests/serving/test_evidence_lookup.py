import pytest

from data_contracts.api import EvidenceItem
from sparkwright.advisor.known_application import KnownApplication

LOST = EvidenceItem(evidence_id="e1", kind="executor_removed", source="x", message="Command exited with code 1")


@pytest.mark.parametrize(
    ("status", "evidence", "surroundings", "expected"),
    [
        ("failed", (LOST,), set(), "no log of the driver or the executors that had trouble was found"),
        ("failed", (LOST,), {"driver_log"}, "no log of the executors that had trouble was found"),
        ("unknown", (), set(), "no log of the driver was found"),
        ("failed", (LOST,), {"driver_log", "executor_log"}, None),
        ("succeeded", (LOST,), set(), None),
    ],
)
def test_the_logs_that_a_diagnosis_had_to_do_without_are_named(
    status: str, evidence: tuple[EvidenceItem, ...], surroundings: set[str], expected: str | None
) -> None:
    missing = KnownApplication("app-1", "1", status, {}, evidence, frozenset(surroundings)).missing
    assert (missing[0].split(":")[0] if missing else None) == expected
