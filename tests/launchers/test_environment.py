import subprocess
import sys

import pytest

from sparkwright.environment import env_file
from sparkwright.errors import ConfigError
from sparkwright.launchers.environment import read_environment
from sparkwright.launchers.spark_submit.submission import Submission
from sparkwright.settings import read_settings
from sparkwright.spark.command_line import parse_submit
from sparkwright.spark.platform import platform_of


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"SPARKWRIGHT_HOME": "~/somewhere"},
        {"SPARKWRIGHT_EVENT_LOG_DIR": "logs"},
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
        (tmp_path / "my.env").write_text("# where\n" + "".join(f'{n}="{v}"\n' for n, v in variables.items()))
        monkeypatch.setenv("SPARKWRIGHT_ENV_FILE", "my.env")
    settings = read_settings(env_file())
    launcher = read_environment()
    assert launcher.service_url == settings.service_url
    assert launcher.timeout_s == settings.launcher_timeout_s
    assert launcher.event_log_dir == settings.event_log_dir
    assert settings.service_url == variables.get("SPARKWRIGHT_SERVICE_URL", "http://127.0.0.1:3000")


def test_a_file_in_the_current_folder_says_nothing(tmp_path, home, monkeypatch):
    (tmp_path / ".env").write_text("SPARKWRIGHT_SERVICE_URL=http://evil.example\nSPARKWRIGHT_LAUNCHER_TIMEOUT_S=1\n")
    monkeypatch.chdir(tmp_path)
    assert "evil" not in read_environment().service_url
    words = [sys.executable, "-m", "sparkwright.cli"]
    asked = ["recommend", "--app-name", "x"]
    quiet = subprocess.run([*words, *asked], capture_output=True, text=True)
    told = subprocess.run([*words, "--env-file", ".env", *asked], capture_output=True, text=True)
    assert "evil.example" not in quiet.stderr
    assert "evil.example" in told.stderr
    assert subprocess.run([*words, "--env-file"], capture_output=True).returncode == 2
    missing = subprocess.run([*words, "--env-file", "no.env", *asked], capture_output=True, text=True)
    assert (missing.returncode, "SPARKWRIGHT_ENV_FILE" in missing.stderr) == (2, True)


def test_a_key_is_a_variable_or_a_file_and_a_wrong_one_is_not_told(tmp_path):
    file = tmp_path / "key"
    file.write_text("spw_12345678_file\n")
    named = {"SPARKWRIGHT_API_KEY_FILE": str(file)}
    assert read_environment({}).api_key == ""
    assert read_environment(named).api_key == "spw_12345678_file"
    assert read_environment(named | {"SPARKWRIGHT_API_KEY": "spw_12345678_var"}).api_key == "spw_12345678_var"
    assert "spw_" not in repr(read_environment(named))
    for wrong in ("hunter2 hunter2", "hunter2-hunter2\r\nX-Evil: 1", "hunter2é" * 3):
        with pytest.raises(ConfigError) as caught:
            read_environment({"SPARKWRIGHT_API_KEY": wrong})
        assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigError, match="SPARKWRIGHT_API_KEY_FILE"):
        read_environment({"SPARKWRIGHT_API_KEY_FILE": str(tmp_path / "missing")})


@pytest.mark.parametrize("value", ["soon", "0", "-1", "inf", "nan"])
def test_a_time_out_that_is_no_time_is_refused(value):
    with pytest.raises(ConfigError, match="SPARKWRIGHT_LAUNCHER_TIMEOUT_S"):
        read_environment({"SPARKWRIGHT_LAUNCHER_TIMEOUT_S": value})


def test_submitting_imports_nothing_heavy():
    code = (
        "import sys; from sparkwright.launchers.spark_submit import args, submit, dry_run; "
        "import sparkwright.cli; "
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
