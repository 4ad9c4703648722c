"""``sparkwright feedback`` from the decision log and the lake to its exit code."""

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from data_contracts.arrow import schema
from data_contracts.tables import Application, Certificate, DeathWatch, Decision, Outcome, Run
from sparkwright.advisor.claims import read_claims
from sparkwright.cli import DONE, USAGE_ERROR, main
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of


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


def test_the_claims_are_judged_kept_shown_and_a_stop_is_cleared(registry_home, capsys, decision, run, application):
    lake = Lake(registry_home.lake_uri)
    log = DecisionLog(registry_home.decision_log_url)
    runs, applications = [], []
    for number in range(4):
        own = {"decision_id": f"d{number}", "app_id": f"app-{number}"}
        log.write(decision(decision_id=f"d{number}", claimed_death_probability=0.004))
        runs.append(run(**own, status="failed", memory_verdict="heap_oom"))
        applications.append(application({"spark.executor.memory": "1536m"}, **own))
    log.close()
    lake.merge(Run, runs)
    lake.merge(Application, applications)
    assert main(["feedback", "clear"]) == DONE
    assert main(["feedback"]) == DONE
    shown = capsys.readouterr().out
    assert "no stop is in force" in shown
    assert "4 death(s), 0.0 claimed, in 4 decision(s): STOPPED" in shown
    assert read_claims(lake).stopped_at is not None
    kept = {one.claim_to_probability: one for one in rows_of(Certificate, lake.read(Certificate))}
    assert (kept[0.005].died_count, kept[0.005].certified, kept[0.01].decision_count) == (4, False, 0)
    assert main(["feedback", "clear"]) == DONE
    assert read_claims(lake).stopped_at is None
    assert main(["feedback", "decide"]) == DONE
    [watched] = rows_of(DeathWatch, lake.read(DeathWatch))
    assert (watched.decision_count, watched.stopped_at) == (0, None)


@pytest.mark.parametrize("step", ["decide", "clear"])
def test_full_is_refused_where_nothing_is_joined(capsys, step):
    assert main(["feedback", step, "--full"]) == USAGE_ERROR
    assert "which joins nothing" in capsys.readouterr().err
