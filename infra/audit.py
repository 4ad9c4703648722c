"""Known vulnerabilities of everything in requirements.lock, by uv and the OSV database: ``make audit``.

uv audits a lock of its own, and the environment is installed as it stands (see install.sh), not resolved; so the names
and versions are written down for it as a lock. Exit code 0: asked about every package, none has a known hole; 3: one
has, or the database was not reached, which is no pass.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
_NO_REGISTRY = "https://127.0.0.1:1/simple"
"""Packages are looked up in the database only; whether a registry has withdrawn one is not asked."""


def write_project(pins: dict[str, str], folder: Path) -> None:
    """A project that stands on exactly these versions, as uv reads it."""
    (folder / "pyproject.toml").write_text('[project]\nname = "audited"\nversion = "0"\nrequires-python = ">=3.11"\n')
    packages = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "{_NO_REGISTRY}" }}\n\n'
        for name, version in pins.items()
    )
    needed = "".join(f'  {{ name = "{name}" }},\n' for name in pins)
    root = f'[[package]]\nname = "audited"\nversion = "0"\nsource = {{ virtual = "." }}\ndependencies = [\n{needed}]\n'
    (folder / "uv.lock").write_text(f'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n{packages}{root}')


def main(service_url: str = "") -> int:
    """Print what is known; the exit code."""
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
            f"the OSV database can be reached.\n{ran.stderr.strip()[-600:]}",
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
