import json
import shutil
from pathlib import Path

import pytest

from sparkwright.advisor.targets import open_target
from sparkwright.errors import ConfigError, LakeError
from sparkwright.lake import Lake

CAMPAIGN = Path(__file__).parents[1] / "fixtures" / "campaign"
OOM = next((CAMPAIGN / "drivers").glob("recorded-fault-heap_collect_list-*.log"))


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def some_log():
    return sorted((CAMPAIGN / "eventlogs").iterdir())[0]


def test_an_event_log_is_read_where_it_lies_and_nothing_is_written(lake, tmp_path):
    log = some_log()
    found = open_target(str(log), lake)
    assert found.app_id
    assert found.app_id in log.name
    assert found.properties["spark.app.name"]
    assert not (tmp_path / "lake").exists()


def test_a_drivers_log_alone_is_enough(lake):
    found = open_target(str(OOM), lake)
    assert (found.app_id, found.properties, found.status) == (None, None, "failed")
    assert all(item.source.startswith(OOM.name) for item in found.evidence)
    assert any("Traceback" in item.message for item in found.evidence)
    # What the driver tells of its tasks is a fact where no event log does.
    assert found.evidence[0].kind == "task_failure"
    assert " executor " in found.evidence[0].source


def test_a_drivers_log_stands_beside_an_event_log_and_ids_stay_unique(lake, tmp_path):
    copied = tmp_path / "alone" / some_log().name  # no drivers beside it
    copied.parent.mkdir()
    copy = shutil.copytree if some_log().is_dir() else shutil.copy
    copy(some_log(), copied)
    assert "driver_log" not in open_target(str(copied), lake).found_logs
    found = open_target(str(copied), lake, driver_log=OOM)
    assert "driver_log" in found.found_logs
    ids = [item.evidence_id for item in found.evidence]
    assert len(ids) == len(set(ids)) > 0


@pytest.mark.parametrize("content", ["", "all is well\n", "\x00\x01\x02"])
def test_a_file_that_is_neither_is_told_with_what_to_give(lake, tmp_path, content):
    (tmp_path / "stderr").write_text(content)
    with pytest.raises(ConfigError, match="neither"):
        open_target(str(tmp_path / "stderr"), lake)


def test_a_folder_of_many_applications_is_a_matter_for_the_report(lake):
    with pytest.raises(ConfigError, match="sparkwright report"):
        open_target(str(CAMPAIGN / "eventlogs"), lake)


def test_an_empty_folder_and_an_unknown_id_are_told(lake, tmp_path):
    with pytest.raises(ConfigError, match="found none"):
        open_target(str(tmp_path), lake)
    with pytest.raises(LakeError, match=r"expected a file at app-nobody.*harvest"):
        open_target("app-nobody", lake)


def test_an_attempt_that_the_log_does_not_have_is_told(lake):
    with pytest.raises(ConfigError, match="expected attempt 7"):
        open_target(str(some_log()), lake, attempt_id="7")


@pytest.mark.parametrize("whole_folder", [False, True])
def test_the_drivers_output_beside_the_folder_of_event_logs_is_found(lake, tmp_path, whole_folder):
    truth = next((CAMPAIGN / "truth").glob("*heap_collect_list*.json"))
    facts = json.loads(truth.read_text())
    log = next(one for one in (CAMPAIGN / "eventlogs").iterdir() if facts["app_id"] in one.name)
    folder = tmp_path / "eventlogs"
    folder.mkdir()
    copy = shutil.copytree if log.is_dir() else shutil.copy
    copy(log, folder / log.name)
    shutil.copytree(CAMPAIGN / "drivers", tmp_path / "drivers")
    found = open_target(str(folder if whole_folder else folder / log.name), lake)
    assert "driver_log" in found.found_logs


def test_a_folder_without_an_event_log_is_read_file_by_file(lake, tmp_path):
    pod = {
        "kind": "Pod",
        "metadata": {"name": "etl-exec-3", "labels": {"spark-exec-id": "3", "spark-role": "executor"}},
        "status": {
            "containerStatuses": [
                {"name": "executor", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
            ]
        },
    }
    (tmp_path / "pods.json").write_text(json.dumps({"kind": "List", "items": [pod]}, indent=2))
    (tmp_path / "driver.log").write_text(
        "26/01/02 03:04:05 ERROR TaskSchedulerImpl: Lost executor 3 on 10.0.0.4: Command exited with code 137\n"
    )
    (tmp_path / "picture.png").write_bytes(b"ERROR Executor: no log")
    found = open_target(str(tmp_path), lake)
    assert {(item.kind, item.source) for item in found.evidence} == {
        ("executor_removed", "driver.log:1 executor 3"),
        ("executor_removed", "pod etl-exec-3 executor 3"),
    }
    assert found.found_logs == {"driver_log", "final_status"}
