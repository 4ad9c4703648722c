"""Fixtures that every room uses."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkwright.settings import Settings, settings

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of an installation of its own, for this process and the ones it starts."""
    for name in list(os.environ):
        if name.startswith("SPARKWRIGHT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SPARKWRIGHT_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield settings()
    settings.cache_clear()
