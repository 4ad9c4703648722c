"""The environment and ``.env``, as text and as settings."""

from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.environment import read_variables
from sparkwright.settings import Settings, read_settings

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


def test_settings_made_by_hand_read_nothing_around_them(home: Settings, tmp_path: Path) -> None:
    assert Settings(home=tmp_path / "other").lake_uri == str(tmp_path / "other" / "lake")
    assert read_settings(None).home == home.home
    assert read_settings(None, lake_uri="s3://b/lake").lake_uri == "s3://b/lake"
