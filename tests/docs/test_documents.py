"""The documents say only what is there."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from sparkwright.cli import COMMANDS
from sparkwright.orchestration import REPOSITORY
from sparkwright.settings import Settings

DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")])
_CODE = re.compile(r"`([^`\n]+)`|^ {4,}(\S.*)$", re.MULTILINE)


def code(path: Path) -> list[str]:
    """Every piece of code in a document: between backticks, or an indented line."""
    return [inline or block for inline, block in _CODE.findall(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_in_a_document_exists(path: Path) -> None:
    for piece in code(path):
        for target in re.findall(r"^make ([a-z-]+)", piece):
            done = subprocess.run(["make", "-n", target], cwd=REPOSITORY, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{path.name}: make {target}: {done.stderr}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_exists(path: Path) -> None:
    named = {name for piece in code(path) for name in re.findall(r"^(?:\$ )?sparkwright ([a-z]+)", piece)}
    assert named <= COMMANDS.keys()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_a_document_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    named = [piece for piece in code(path) if re.fullmatch(r"[a-z_.]+/[\w./-]+\.(py|yaml|sh|md|lock)", piece)]
    missing = [
        name for name in [*links, *named] if not (path.parent / name).exists() and not (REPOSITORY / name).exists()
    ]
    assert missing == []


def test_every_command_is_in_the_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if name not in readme] == []


def test_the_example_environment_names_every_setting_and_no_other() -> None:
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^#?(SPARKWRIGHT_[A-Z_]+)=", example, re.MULTILINE)
    assert named == [f"SPARKWRIGHT_{name.upper()}" for name in Settings.model_fields]


def test_every_direct_dependency_is_pinned_and_the_lock_has_no_address() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([a-zA-Z0-9_.-]+)==[^\s;]+$", lock, re.MULTILINE)
    assert len(pinned) == len(lock.split())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["dependencies"]) <= {name.lower() for name in pinned}
    assert "+" not in lock
