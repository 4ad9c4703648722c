import pytest

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.tables import ConfirmedCase
from sparkwright.diagnosis.answer import answer
from sparkwright.diagnosis.confirmed import confirm, confirmed_cases, confirmed_documents, judge_of, retract
from sparkwright.errors import ConfigError
from sparkwright.lake import Lake

FACT = EvidenceItem(
    evidence_id="e1",
    kind="driver_log",
    source="stderr",
    exception_class="com.acme.ZorbException",
    message="Zorbulator refused the quuxification of the ledger snapshot, password=hunter2",
)


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def test_a_lake_where_nobody_confirmed_anything_answers_like_the_package(lake: Lake) -> None:
    assert confirmed_documents(lake) == ()
    assert retract(lake, "app-1") == 0
    assert answer([FACT], judge=judge_of(lake)) == answer([FACT])


def test_what_was_confirmed_is_known_at_once_and_forgotten_when_taken_back(lake: Lake) -> None:
    confirm(lake, "app-1", "1", "corrupt_file", [FACT], "anna")
    assert answer([FACT], judge=judge_of(lake)).root_cause == "corrupt_file"
    assert retract(lake, "app-1") == 1
    assert answer([FACT], judge=judge_of(lake)).root_cause == "unknown"


def test_the_last_word_on_an_attempt_counts(lake: Lake) -> None:
    confirm(lake, "app-1", "1", "corrupt_file", [FACT])
    confirm(lake, "app-1", "1", "schema_mismatch", [FACT])
    confirm(lake, "app-1", "2", "corrupt_file", [FACT])
    assert sorted((one.case_id, one.root_cause) for one in confirmed_cases(lake)) == [
        ("app-1 1", "schema_mismatch"),
        ("app-1 2", "corrupt_file"),
    ]
    assert retract(lake, "app-1", "2") == 1
    assert [one.case_id for one in confirmed_cases(lake)] == ["app-1 1"]


def test_no_secret_is_kept(lake: Lake) -> None:
    confirm(lake, "app-1", "1", "corrupt_file", [FACT], "token=abcdef123456")
    [row] = lake.read(ConfirmedCase).to_pylist()
    assert "hunter2" not in str(row)
    assert "abcdef123456" not in str(row)


def test_confirmed_failures_are_learnt_from_later(lake: Lake) -> None:
    confirm(lake, "app-1", "1", "corrupt_file", [FACT])
    [case] = confirmed_cases(lake)
    assert (case.split, case.origin, case.items[0].kind) == ("train", "site", "driver_log")


@pytest.mark.parametrize("cause", ["aliens", "unknown", "none", ""])
def test_a_cause_that_there_is_not_is_told_with_those_there_are(lake: Lake, cause: str) -> None:
    with pytest.raises(ConfigError, match=r"expected a root cause of .*disk_full"):
        confirm(lake, "app-1", "1", cause, [FACT])
    assert not lake.exists(ConfirmedCase)


def test_where_nothing_failed_there_is_nothing_to_confirm(lake: Lake) -> None:
    with pytest.raises(ConfigError, match="nothing to compare with"):
        confirm(lake, "app-1", "1", "disk_full", [])
