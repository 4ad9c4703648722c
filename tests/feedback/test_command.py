"""``sparkwright feedback`` from the decision log and the lake to its exit code."""

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from data_contracts.arrow import schema
from data_contracts.tables import Application, Decision, Outcome, Run
from sparkwright.cli import DONE, main
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake, rows_of


@pytest.mark.parametrize("decided", [False, True])
def test_the_first_feedback_of_an_installation_asks_for_a_training(
    registry_home, capsys, decision, run, application, decided
):
    lake = Lake(registry_home.lake_uri)
    if decided:  # else nobody has submitted with advice yet
        log = DecisionLog(registry_home.decision_log_url)
        log.write(decision())
        log.close()
    lake.merge(Run, [run(decision_id="d1" if decided else None)])
    lake.merge(Application, [application({})])
    assert main(["feedback", "join"]) == DONE
    assert lake.exists(Outcome) == decided
    assert main(["feedback", "decide"]) == DONE
    assert "there is no champion yet" in capsys.readouterr().out


def test_decisions_of_a_lake_from_before_a_column_are_read_with_its_default_and_kept_beside_new_ones(
    tmp_path, decision
):
    lake = Lake(str(tmp_path / "lake"))
    later = {"attempt", "input_bytes", "policy_version", "claimed_death_probability", "held_back"}
    names = [name for name in schema(Decision).names if name not in later]
    row = {name: value for name, value in decision(decision_id="old").model_dump().items() if name in names}
    stored = pa.schema([schema(Decision).field(name).with_nullable(True) for name in names])
    write_deltalake(f"{lake.uri}/decisions", pa.Table.from_pylist([row], stored))

    def old_first():
        return sorted(rows_of(Decision, lake.read(Decision)), key=lambda one: one.decision_id, reverse=True)

    assert old_first() == [decision(decision_id="old", attempt=1, input_bytes=None, policy_version="")]
    new = decision(decision_id="new", attempt=3, input_bytes=7, policy_version="2", claimed_death_probability=0.01)
    lake.merge(Decision, [new])
    assert old_first() == [decision(decision_id="old"), new]
    assert lake.read(Decision, columns=["attempt"]).num_rows == 2
