import re
import subprocess
import sys

import pytest

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis.answer import answer
from sparkwright.errors import ServiceError
from sparkwright.launchers.commands.show_diagnosis import diagnosis_lines, show_diagnosis

PATH = "s3a://lake/" + "/".join(f"level_{number}" for number in range(30)) + "/part-0.parquet"


def diagnosis(*messages: tuple[str, str], **told) -> dict[str, object]:
    items = [
        EvidenceItem(evidence_id=f"e{number}", kind=kind, source=f"place {number}", message=message, occurrence_count=2)
        for number, (kind, message) in enumerate(messages, start=1)
    ]
    return answer(items, **told).model_dump(mode="json")


def test_the_ending_comes_first_then_the_cause_and_what_to_do(capsys) -> None:
    show_diagnosis(
        diagnosis(
            ("executor_removed", "Command exited with code 52"),
            status="failed",
            properties={"spark.executor.memory": "640m"},
        )
    )
    said = capsys.readouterr().out
    assert re.match(
        r"The application failed\.\nExecutor ran out of heap  \(executor_heap_oom, \d+% sure, answered by rules\)\n",
        said,
    )
    assert "e1  executor_removed: place 1, 2 times\n    Command exited with code 52\n" in said
    assert "  --conf spark.executor.memory=1280m" in said
    assert "release" not in said
    assert max(map(len, said.splitlines())) <= 80


def test_the_path_in_the_message_is_there_whole() -> None:
    lines = diagnosis_lines(
        diagnosis(("job_failure", f"[PATH_NOT_FOUND] Path does not exist: {PATH}. SQLSTATE: 42K03")), 60
    )
    assert any(PATH in line for line in lines)


@pytest.mark.parametrize("width", [1, 30, 60, 200])
def test_any_width_works(width: int) -> None:
    assert diagnosis_lines(diagnosis(("driver_log", "it went wrong " * 30)), width)


def test_a_log_does_not_steer_the_terminal() -> None:
    text = "\n".join(diagnosis_lines(diagnosis(("driver_log", "a.B: \x1b[2J\x07\u202egone")), 80))
    assert not set("\x1b\x07\u202e") & set(text)


def test_a_guess_is_marked_as_one_and_has_no_properties() -> None:
    given = diagnosis(("driver_log", "it went wrong"), status="failed") | {"guess": "executor_heap_oom"}
    text = " ".join(diagnosis_lines(given, 80))
    assert "Cause not found" in text
    assert "A guess of the language model, which no fact proves: executor_heap_oom" in text
    assert "--conf" not in text


def test_what_only_the_site_knows_is_said_and_is_nothing_to_copy() -> None:
    lines = diagnosis_lines(
        diagnosis(("executor_log", "Failed to connect to driver at 2f9d1c:36211"), ("driver_log", "exit 1")), 200
    )
    assert "spark.driver.host: a name or address of the driver's machine or pod that executors reach" in lines
    assert not any("--conf" in line for line in lines)


def test_a_second_opinion_that_agrees_says_so() -> None:
    given = diagnosis(("task_failure", "No space left on device"))
    assert "Second opinion: the same" in diagnosis_lines(given | {"second_opinion": "disk_full"}, 80)
    assert "Second opinion: cast_error" in diagnosis_lines(given | {"second_opinion": "cast_error"}, 80)


@pytest.mark.parametrize(
    "fault", [{"title": None}, {"evidence": "x"}, {"evidence": ["x"]}, {"remediation": []}, {"notes": 3}, {"ending": 1}]
)
def test_an_answer_that_breaks_the_contract_is_refused(fault: dict[str, object]) -> None:
    with pytest.raises(ServiceError, match="expected"):
        diagnosis_lines(diagnosis(("driver_log", "x")) | fault, 80)


def test_it_needs_the_standard_library_only() -> None:
    code = "import sys, sparkwright.launchers.commands.show_diagnosis; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert not [name for name in ("pydantic", "rich", "msgspec", "yaml", "pyarrow") if f"'{name}'" in loaded]


def test_what_made_it_slow_is_shown_with_its_figures_and_remedy() -> None:
    finding = {
        "cause": "data_skew",
        "title": "Skew",
        "stage_ids": [3],
        "lost_s": 12.34,
        "wasted_core_s": 0.0,
        "estimate": "longest less median",
        "facts": ["stage 3: 20 s against 2 s"],
        "remediation": {"text": "Salt the key.", "properties": {"spark.sql.adaptive.enabled": "true"}},
    }
    lines = diagnosis_lines(diagnosis(status="succeeded") | {"slow": [finding, finding | {"lost_s": 0.0}]}, 80)
    first = lines.index("Slow: Skew  (data_skew, about 12.3 s lost)")
    assert lines[first + 1 : first + 5] == [
        "    stage 3: 20 s against 2 s",
        "    estimate: longest less median",
        "What to do: Salt the key.",
        "  --conf spark.sql.adaptive.enabled=true",
    ]
    assert "Slow: Skew  (data_skew)" in lines
