"""Services that misbehave, and a program in the place of spark-submit for what only concerns streams and signals."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.misbehaving_service import closed_port, misbehaving_service

__all__ = ["closed_port", "misbehaving_service"]


@pytest.fixture
def spark_home(tmp_path: Path) -> Callable[[str], Path]:
    """A function that makes a SPARK_HOME whose spark-submit is the given shell script."""

    def make(script: str) -> Path:
        program = tmp_path / "spark" / "bin" / "spark-submit"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/bash\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program.parent.parent

    return make
