"""MLflow's own server application over the configured store, to be put behind a gate."""

import os
import uuid
from typing import TYPE_CHECKING

from sparkwright.errors import RegistryError, reason
from sparkwright.redaction import redact_text
from sparkwright.registry.tracking import prepare
from sparkwright.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def server_app(where: Settings) -> "ASGIApp":
    """Return the application that ``mlflow server`` runs, without its parent process and its job workers.

    Those are seven idle processes (MLflow 3.17) for language model evaluations, which are never started here.

    Raises:
        RegistryError: The store cannot be opened.
    """
    prepare(where)
    os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    from mlflow.server import ARTIFACT_ROOT_ENV_VAR, BACKEND_STORE_URI_ENV_VAR, REGISTRY_STORE_URI_ENV_VAR
    from mlflow.server.handlers import initialize_backend_stores

    os.environ[BACKEND_STORE_URI_ENV_VAR] = os.environ[REGISTRY_STORE_URI_ENV_VAR] = where.tracking_uri
    os.environ[ARTIFACT_ROOT_ENV_VAR] = where.artifact_root
    os.environ["_MLFLOW_SERVER_BOOT_ID"] = uuid.uuid4().hex
    try:
        initialize_backend_stores(where.tracking_uri, where.tracking_uri, where.artifact_root)
    except Exception as error:  # the store may be any database
        raise RegistryError(
            f"expected an MLflow store at {redact_text(f'{where.tracking_uri}: {reason(error)}')}; see "
            "SPARKWRIGHT_TRACKING_URI"
        ) from error
    from mlflow.server.fastapi_app import app

    return app  # type: ignore[no-any-return]
