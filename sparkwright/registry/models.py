"""Registered models: store a folder under a version and get the same folder back.

Weights are safetensors and the code is ours: nothing is pickled. A LoRA adapter is registered as a plain folder because
``mlflow.transformers`` saves peft weights under names that it cannot load again (MLflow 3.17, silently re-initialised).
"""

import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import RegistryError, reason
from sparkwright.redaction import redact_text
from sparkwright.settings import settings

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

FORECASTER = "forecaster"
TROUBLESHOOTER = "troubleshooter"
RELEASE = "release"

_FOLDER_TAG = "sparkwright.folder"
"""Path of the registered folder within a version's artefacts."""

_SIZE_TAG = "sparkwright.size_bytes"
"""Size of the registered files: MLflow downloads a deleted folder as an empty one and calls it a success."""


def register_pyfunc(
    client: "MlflowClient",
    name: str,
    run_id: str,
    folder: Path,
    model_code: Path,
    input_example: "pd.DataFrame",
    metadata: Mapping[str, str],
) -> str:
    """Register ``folder``, wrapped by ``model_code`` (models from code) as a pyfunc; return its new version.

    The signature is inferred by running the model once on ``input_example``, so a model that cannot answer is never
    registered. ``model_code`` finds the folder as ``context.artifacts["model_folder"]``.
    """
    import mlflow

    with mlflow.start_run(run_id=run_id):
        info = mlflow.pyfunc.log_model(
            name=name,
            python_model=str(model_code),
            artifacts={"model_folder": str(folder)},
            input_example=input_example,
            # Given explicitly: inferring them imports the model in a fresh process and takes 24 s.
            pip_requirements=["sparkwright"],
            metadata=dict(metadata),
        )
    ensure_registered(client, name)
    tags = {**metadata, _FOLDER_TAG: f"artifacts/{folder.name}", _SIZE_TAG: str(_size_bytes(folder))}
    return str(
        client.create_model_version(name, info.model_uri, run_id=run_id, tags=tags, model_id=info.model_id).version
    )


def register_folder(client: "MlflowClient", name: str, run_id: str, folder: Path, tags: Mapping[str, str]) -> str:
    """Register the files of ``folder`` unchanged; return the new version of ``name``."""
    client.log_artifacts(run_id, str(folder), name)
    ensure_registered(client, name)
    source = f"runs:/{run_id}/{name}"
    own = {_FOLDER_TAG: ".", _SIZE_TAG: str(_size_bytes(folder))}
    return str(client.create_model_version(name, source, run_id=run_id, tags={**tags, **own}).version)


def download(client: "MlflowClient", name: str, version: str) -> Path:
    """Return a local folder with the registered files; versions never change, so the copy is kept.

    Raises:
        RegistryError: The version does not exist, or its files are gone.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_model_version(name, version)
        # The run's id distinguishes equal version numbers of different registries.
        kept = settings().home / "models" / name / f"{version}-{found.run_id}"
        inner = str(found.tags[_FOLDER_TAG])
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=kept.parent) as work:
                got = Path(mlflow.artifacts.download_artifacts(f"models:/{name}/{version}", dst_path=f"{work}/files"))
                size = _size_bytes(got / inner)
                if str(size) != found.tags[_SIZE_TAG]:
                    raise RegistryError(
                        f"expected {found.tags[_SIZE_TAG]} bytes in version {version} of model {name}, got {size}: "
                        "its artefacts were deleted or are incomplete; register a new version"
                    )
                # Another process may have been faster; its files are the same.
                with contextlib.suppress(OSError):
                    got.rename(kept)
    except (MlflowException, OSError, KeyError) as error:
        told = redact_text(f"{settings().tracking_uri}: {reason(error)}")
        raise RegistryError(
            f"expected version {version} of model {name} in {told}; `sparkwright train` and `sparkwright finetune` "
            "register versions"
        ) from error
    return kept / inner


def trained_run_count(client: "MlflowClient", version: str) -> int:
    """Return how many runs a forecaster version was trained on."""
    return int(client.get_model_version(FORECASTER, version).tags["trained_run_count"])


def ensure_registered(client: "MlflowClient", name: str) -> None:
    """Create the registered model ``name`` if it does not exist yet."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
