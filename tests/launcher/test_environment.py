import subprocess
import sys

import pytest

from sparkwright.errors import ConfigError
from sparkwright.launcher.environment import read_environment
from sparkwright.launcher.submission import Submission
from sparkwright.settings import read_settings
from sparkwright.spark.command_line import parse_submit
from sparkwright.spark.platform import platform_of


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"SPARKWRIGHT_HOME": "~/somewhere"},
        {
            "SPARKWRIGHT_SERVICE_URL": "http://h:1",
            "SPARKWRIGHT_LAUNCHER_TIMEOUT_S": "0.5",
            "SPARKWRIGHT_EVENT_LOG_DIR": "s3://bucket/logs",
        },
    ],
)
@pytest.mark.parametrize("where", ["environment", "dotenv"])
def test_the_launcher_reads_what_the_settings_read(variables, where, tmp_path, home, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SPARKWRIGHT_HOME")
    if where == "environment":
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
    else:
        (tmp_path / ".env").write_text("# where\n" + "".join(f'{n}="{v}"\n' for n, v in variables.items()))
    settings = read_settings()
    launcher = read_environment()
    assert launcher.service_url == settings.service_url
    assert launcher.timeout_s == settings.launcher_timeout_s
    assert launcher.event_log_dir == settings.event_log_dir


@pytest.mark.parametrize("value", ["soon", "0", "-1", "inf", "nan"])
def test_a_time_out_that_is_no_time_is_refused(value):
    with pytest.raises(ConfigError, match="SPARKWRIGHT_LAUNCHER_TIMEOUT_S"):
        read_environment({"SPARKWRIGHT_LAUNCHER_TIMEOUT_S": value})


def test_submitting_imports_nothing_heavy():
    code = (
        "import sys; from sparkwright.launcher import submit, args; import sparkwright.cli; "
        "print(*sorted({'pydantic', 'rich', 'torch', 'pandas', 'pyarrow', 'yaml', 'ssl'} & sys.modules.keys()))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() in {"", "ssl"}  # http.client imports ssl


@pytest.mark.parametrize(
    "master",
    [
        "spark://h:7077",
        "yarn",
        "k8s://https://h:443",
        "local",
        "local[*]",
        "local[2,4]",
        "local-cluster[2,1,1024]",
        "mesos",
        "",
    ],
)
def test_the_launcher_and_the_harvest_name_the_same_platform(master):
    words = ["--master", master, "app.py"] if master else ["app.py"]
    submission = Submission(parse_submit(words), {}, parse_submit(words).properties, "user")
    assert submission.request["platform"] == platform_of(master)
