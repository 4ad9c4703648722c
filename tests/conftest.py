"""Fixtures that every room uses."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from sparkwright.settings import Settings, settings
from tests.support.thorough import THOROUGH

hypothesis.settings.load_profile("thorough" if THOROUGH else "reproducible")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of an installation of its own, for this process and the ones it starts."""
    for name in list(os.environ):
        if name.startswith("SPARKWRIGHT_") and name != "SPARKWRIGHT_SHARED_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("SPARKWRIGHT_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    settings().make_home()
    yield settings()
    settings.cache_clear()


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with its tables and nothing in them: making one takes seconds, copying none."""
    from sparkwright.registry.tracking import connect

    where = Settings(home=tmp_path_factory.mktemp("registry"))
    connect(where).search_registered_models()
    return where.home / "mlflow.db"


@pytest.fixture
def registry_home(home: Settings, empty_registry: Path) -> Settings:
    """Like ``home``, with an MLflow registry that is quick to open."""
    shutil.copy(empty_registry, home.home)
    return home
