import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sparkwright.history.context import log_context
from sparkwright.history.context.findings import Findings
from sparkwright.history.context.log_context import context_config
from sparkwright.settings import Settings, settings


def test_drivers_output_and_databricks_logs_are_looked_for_beside_the_event_logs(
    home: Settings, tmp_path: Path
) -> None:
    found = context_config(home, tmp_path / "logs", None)
    assert (found.driver_log_dir, found.databricks_log_dir) == (tmp_path / "drivers", tmp_path / "logs")
    assert (found.standalone_work_dir, found.yarn_rm_url, found.yarn_log_dir) == (None, "", None)
    assert context_config(home, tmp_path / "logs", tmp_path / "other").driver_log_dir == tmp_path / "other"


def test_inside_a_pod_its_own_cluster_is_asked_with_its_own_token_and_nobody_else(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_context, "_SERVICE_ACCOUNT", tmp_path)
    assert context_config(home, tmp_path, None).kubernetes_api_url == ""
    (tmp_path / "token").write_text("t")
    inside = context_config(home, tmp_path, None)
    assert inside.kubernetes_api_url == "https://kubernetes.default.svc"
    assert (inside.kubernetes_token_file, inside.kubernetes_ca_file) == (tmp_path / "token", tmp_path / "ca.crt")
    monkeypatch.setenv("SPARKWRIGHT_KUBERNETES_API_URL", "https://elsewhere")
    settings.cache_clear()
    elsewhere = context_config(settings(), tmp_path, None)
    assert (elsewhere.kubernetes_api_url, elsewhere.kubernetes_token_file) == ("https://elsewhere", None)


def test_of_two_places_the_first_to_speak_is_believed() -> None:
    findings = Findings(exit_code=1)
    findings.add(Findings(exit_code=0, final_status="failed", faults={"a": "down"}))
    findings.add(Findings(final_status="succeeded", awaited=True))
    assert (findings.exit_code, findings.final_status, findings.awaited) == (1, "failed", True)
    assert findings.faults == {"a": "down"}


def test_harvest_reports_each_unusable_place_once_and_succeeds(
    server: Any, write_log: Callable[..., Path], home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        name = f"application_1_{number}"
        folder = write_log(name, properties={"spark.master": "yarn"}).parent
        server.answers[f"/ws/v1/cluster/apps/{name}"] = (200, b"<html>Please sign in</html>")
    monkeypatch.setenv("SPARKWRIGHT_YARN_RM_URL", server.url)
    monkeypatch.setenv("SPARKWRIGHT_STANDALONE_WORK_DIR", "")
    words = [sys.executable, "-m", "sparkwright.cli", "harvest", "--event-log-dir", folder, "--processes", "2"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    (line,) = [line for line in done.stdout.splitlines() if "ResourceManager" in line]
    assert line.startswith(
        "YARN ResourceManager could not be used for 4 application(s): expected the JSON of /ws/v1/cluster"
    )
