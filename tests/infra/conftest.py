"""A copy of ``infra/terraform`` whose cloud is a moto server on this machine."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.moto_server import moto_server

TERRAFORM = Path(__file__).resolve().parents[2] / "infra" / "terraform"
PROVIDER = "registry.terraform.io/hashicorp/aws"
STATE = ("*.tfstate*", "*.tfvars*")


@dataclass(frozen=True, slots=True)
class Workspace:
    """An initialised copy of ``environments/aws``."""

    folder: Path
    environment: dict[str, str]

    def write(self, variables: Mapping[str, object]) -> None:
        (self.folder / "terraform.tfvars.json").write_text(json.dumps(variables))

    def copy(self) -> "Workspace":
        folder = Path(tempfile.mkdtemp(dir=self.folder.parent))
        shutil.copytree(self.folder, folder, symlinks=True, ignore=shutil.ignore_patterns(*STATE), dirs_exist_ok=True)
        return Workspace(folder, self.environment)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, exits: int = 0) -> str:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=300)
        assert process.returncode == exits, said
        return said


def provider_mirror() -> Path | None:
    """The plugin mirror that holds the AWS provider: named in the environment, in Terraform's settings, or usual."""
    home = Path.home()
    settings = Path(os.environ.get("TF_CLI_CONFIG_FILE") or home / ".terraformrc")
    configured = re.findall(r'^\s*path\s*=\s*"(.+)"', settings.read_text(), re.M) if settings.is_file() else []
    named = [os.environ[name] for name in ("SPARKWRIGHT_TF_PLUGIN_DIR", "TF_PLUGIN_DIR") if os.environ.get(name)]
    shares = (home / ".terraform.d", Path("/usr/local/share/terraform"), Path("/usr/share/terraform"))
    usual = [*(share / "plugins" for share in shares), *Path("/opt").glob("*")]
    return next((root for root in map(Path, [*named, *configured, *usual]) if (root / PROVIDER).is_dir()), None)


@pytest.fixture(scope="module")
def cloud() -> Iterator[str]:
    """Address of an empty moto server."""
    with moto_server() as url:
        yield url


@pytest.fixture(scope="module")
def workspace(cloud: str, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """``environments/aws`` as committed: only the environment says that the cloud is moto's."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed")
    mirror = provider_mirror()
    if mirror is None:
        pytest.skip(f"no local mirror of {PROVIDER}: name one in SPARKWRIGHT_TF_PLUGIN_DIR")
    root = tmp_path_factory.mktemp("terraform")
    # Not .terraform*: providers initialised there came from elsewhere, with other checksums in the lock file.
    shutil.copytree(TERRAFORM, root, ignore=shutil.ignore_patterns(".terraform*", *STATE), dirs_exist_ok=True)
    workspace = Workspace(
        root / "environments" / "aws",
        {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))},
            "AWS_ENDPOINT_URL": cloud,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": os.devnull,
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_CLI_ARGS": "-no-color",
        },
    )
    workspace.run("init", f"-plugin-dir={mirror}")
    return workspace
