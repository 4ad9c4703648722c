"""Find known vulnerabilities of everything in requirements.lock with uv and the OSV database: ``make audit``.

uv audits only a lock of its own, but the environment is installed from requirements.lock without resolving (see
install.sh), so its names and versions are written as a lock for uv. Exit code 0: every package was checked and none is
known to be vulnerable; 3: one is, or the database was not reached, which is no pass.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
_NO_REGISTRY = "https://127.0.0.1:1/simple"
"""Packages are looked up only in the database; no registry is asked whether it has withdrawn one."""


def write_project(pins: dict[str, str], folder: Path) -> None:
    """Write a project for uv that depends on exactly these versions."""
    (folder / "pyproject.toml").write_text('[project]\nname = "audited"\nversion = "0"\nrequires-python = ">=3.11"\n')
    packages = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "{_NO_REGISTRY}" }}\n\n'
        for name, version in pins.items()
    )
    needed = "".join(f'  {{ name = "{name}" }},\n' for name in pins)
    root = f'[[package]]\nname = "audited"\nversion = "0"\nsource = {{ virtual = "." }}\ndependencies = [\n{needed}]\n'
    (folder / "uv.lock").write_text(f'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n{packages}{root}')


def main(service_url: str = "") -> int:
    """Print the known vulnerabilities; return the exit code."""
    pins = dict(line.split("==") for line in LOCK.read_text().split())
    words = [Path(sys.executable).with_name("uv"), "audit", "--frozen", "--preview-features", "audit,json-output"]
    words += ["--output-format", "json", *(["--service-url", service_url] if service_url else [])]
    with tempfile.TemporaryDirectory() as folder:
        write_project(pins, Path(folder))
        environ = {**os.environ, "UV_HTTP_RETRIES": "0", "UV_NO_PROGRESS": "1"}
        ran = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=300)
    try:
        found = json.loads(ran.stdout)
        holes, count = found["vulnerabilities"], found["summary"]["audited_packages"]
    except (ValueError, KeyError):
        holes, count = [], 0
    if count != len(pins):
        print(
            f"audit: not audited: expected an answer about {len(pins)} packages, got one about {count}. Run it where "
            f"the OSV database is reachable.\n{ran.stderr.strip()[-600:]}",
            file=sys.stderr,
        )
        return 3
    for hole in holes:
        package, fixed = hole["dependency"], ", ".join(hole["fix_versions"]) or "no version"
        print(f"{package['name']} {package['version']}  {hole['display_id']}  fixed in {fixed}: {hole['summary']}")
    print(f"audit: {len(holes)} known vulnerabilities in {count} packages")
    return 3 if holes else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
