"""``sparkwright feedback`` from the decision log and the lake to its exit code."""

import pytest

from data_contracts.tables import Application, Outcome, Run
from sparkwright.cli import DONE, main
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake


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
