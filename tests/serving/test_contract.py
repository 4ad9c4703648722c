"""The service and its OpenAPI document agree: schemathesis tries what the document allows, and what it does not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def schemathesis(service, folder, *, examples: int) -> int:
    """How many cases passed all checks."""
    program = Path(sys.executable).with_name("schemathesis")
    words = ["--no-color", "run", f"{service.url}/openapi.json", "--checks", "all", "--max-examples", str(examples)]
    words += ["--generation-deterministic", "--no-shrink", "--continue-on-failure"]
    words += ["--request-timeout", "60", "--warnings", "off", "--suppress-health-check", "all"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMATHESIS")}
    environ |= {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(Path(__file__).parent)}
    ran = subprocess.run([program, *words], capture_output=True, text=True, cwd=folder, env=environ)
    (folder / "schemathesis.log").write_text(ran.stdout + ran.stderr)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    told = re.search(r"([\d,]+) generated", ran.stdout)
    assert told, ran.stdout[-2000:]
    return int(told[1].replace(",", ""))


def test_hundreds_of_cases_find_no_difference(service, tmp_path):
    assert schemathesis(service, tmp_path, examples=10) >= 300


@pytest.mark.slow
def test_thousands_of_cases_find_no_difference(service, tmp_path):
    assert schemathesis(service, tmp_path, examples=250) >= 3000
