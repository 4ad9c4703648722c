"""The environment and ``.env``, as text and as settings."""

from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.environment import read_variables
from sparkwright.settings import Settings, place_variables, read_settings

_LINES = [
    "A=1",
    "A = 1 ",
    "export A=1",
    "A=1 # a comment",
    "A=1#no comment",
    "A='x # y' # z",
    'A="x # y"',
    "A= # nothing",
    "#A=1",
    r"A='it\'s'",
    r'A="a\"b"',
    r"A=C:\new",
    "A=${OTHER}/x",
    "A='${OTHER}/x'",
    "A=${MISSING:-else}x",
    "A=${MISSING}x",
    "A=a b  c",
    "A=x'y'",
    "A=http://h:1?x=#f",
    "A",
    'A="x" y',
    "A='x",
    "  A=1\t",
    "A==b=c",
]


@pytest.mark.parametrize("line", _LINES)
def test_a_line_is_read_as_python_dotenv_reads_it(line: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    name = "SPARKWRIGHT_HOME"
    file.write_text("OTHER=/other\n" + line.replace("A", name, 1) + "\n")
    assert read_variables({}, file).get("home", "") == (dotenv_values(file).get(name) or "")


@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\\$'\"\r\0", exclude_categories=("Cc", "Zl", "Zp")))
)
def test_any_bare_value_is_read_as_python_dotenv_reads_it(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("dotenv") / ".env"
    file.write_text(f"SPARKWRIGHT_HOME={text}\n", encoding="utf-8")
    assert read_variables({}, file).get("home", "") == (dotenv_values(file).get("SPARKWRIGHT_HOME") or "")


def test_a_variable_wins_over_a_line_unless_it_is_empty(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("SPARKWRIGHT_LAKE_URI=from-file\nsparkwright_service_url=lower\nOTHER=1\n")
    assert read_variables({"SPARKWRIGHT_LAKE_URI": "from-environment"}, file)["lake_uri"] == "from-environment"
    assert read_variables({"SPARKWRIGHT_LAKE_URI": ""}, file) == {"lake_uri": "from-file", "service_url": "lower"}


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b""])
def test_a_file_that_cannot_be_read_counts_as_empty(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    if content is not None:
        file.write_bytes(content)
    assert read_variables({"SPARKWRIGHT_HOME": "h"}, file) == {"home": "h"}


_PLACES = {
    "lake_uri": "lake",
    "artifact_root": "./artifacts",
    "decision_log_url": "sqlite:///decisions.db?timeout=3",
    "tracking_uri": "sqlite:///mlflow.db",
    "event_log_dir": "logs",
    "prices": "prices.yaml",
    "tls_cert_file": "certificate.pem",
    "api_key_file": "~/key",
}


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_place_is_named_from_where_the_command_was_started(
    where: str, home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/root-of-somebody")
    variables = {f"SPARKWRIGHT_{name.upper()}": place for name, place in _PLACES.items()}
    if where == "environment":
        for name, place in variables.items():
            monkeypatch.setenv(name, place)
    Path("my.env").write_text("".join(f"{name}={place}\n" for name, place in variables.items()))
    found = read_settings(Path("my.env") if where == "file" else None)
    assert {name: str(getattr(found, name)) for name in _PLACES} == {
        "lake_uri": f"{tmp_path}/lake",
        "artifact_root": f"{tmp_path}/artifacts",
        "decision_log_url": f"sqlite:///{tmp_path}/decisions.db?timeout=3",
        "tracking_uri": f"sqlite:///{tmp_path}/mlflow.db",
        "event_log_dir": f"{tmp_path}/logs",
        "prices": f"{tmp_path}/prices.yaml",
        "tls_cert_file": f"{tmp_path}/certificate.pem",
        "api_key_file": "/root-of-somebody/key",
    }
    # As a worker in another folder reads them.
    for name, value in place_variables(found).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir("/")
    assert read_settings(tmp_path / "my.env") == found


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("lake_uri", "s3://bucket/lake"),
        ("event_log_dir", "dbfs:/logs"),
        ("artifact_root", "mlflow-artifacts:/"),
        ("tracking_uri", "databricks"),
        ("tracking_uri", "http://mlflow:5000"),
        ("tracking_uri", "sqlite:////srv/mlflow.db"),
        ("decision_log_url", "sqlite://"),
        ("decision_log_url", "sqlite:///:memory:"),
        ("decision_log_url", "sqlite:///file:log?uri=true"),
        ("decision_log_url", "postgresql://h/d"),
    ],
)
def test_an_address_stays_as_it_was_given(name: str, address: str, home: Settings) -> None:
    assert getattr(read_settings(None, **{name: address}), name) == address


def test_settings_made_by_hand_read_nothing_around_them(home: Settings, tmp_path: Path) -> None:
    assert Settings(home=tmp_path / "other").lake_uri == str(tmp_path / "other" / "lake")
    assert read_settings(None).home == home.home
    assert read_settings(None, lake_uri="s3://b/lake").lake_uri == "s3://b/lake"
