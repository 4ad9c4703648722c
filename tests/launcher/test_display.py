from data_contracts.api import Diagnosis
from sparkwright.launcher.display import show_diagnosis

CAUSE = "Reason: Command exited with code 52"


def diagnosis(message: str) -> dict[str, object]:
    fact = {
        "evidence_id": "e3",
        "kind": "stage_failure",
        "source": "SparkListenerStageCompleted stage 1.0",
        "exception_class": "org.apache.spark.SparkException",
        "message": message,
        "occurrence_count": 2,
    }
    return Diagnosis(
        app_id="app-1",
        root_cause="executor_heap_oom",
        title="Executor ran out of heap",
        explanation="A task needed more heap than its executor has.",
        evidence=[fact],
        remediation={"text": "Give executors more heap.", "properties": {"spark.executor.memory": "1280m"}},
        answered_by="rules",
        second_opinion="executor_heap_oom",
        notes=[],
        release_version="2",
        troubleshooter_version="1",
    ).model_dump(mode="json")


def test_a_long_fact_keeps_its_start_and_the_cause_at_its_end(capsys):
    show_diagnosis(diagnosis("Job aborted due to stage failure: " + "most recent failure: " * 40 + CAUSE + "\nTrace:"))
    said = capsys.readouterr().out
    words = " ".join(said.split())
    assert "org.apache.spark.SparkException: Job aborted" in words
    assert CAUSE in words
    assert words.count("most recent failure") < 10
    assert "Trace" not in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_second_opinion_that_agrees_says_so(capsys):
    show_diagnosis(diagnosis(CAUSE))
    said = capsys.readouterr().out
    assert "stage 1.0, 2 times" in said
    assert "Second opinion: the same" in said
    assert "--conf spark.executor.memory=1280m" in said
