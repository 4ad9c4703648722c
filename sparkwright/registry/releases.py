"""Releases: the pair (forecaster version, troubleshooter version) that is served together.

One registered model ``release`` names both halves in the tags of its versions, and only its aliases ``champion`` and
``challenger`` move, so a pair changes at once.
"""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from sparkwright.registry.models import RELEASE, ensure_registered
from sparkwright.registry.tracking import experiment_id

if TYPE_CHECKING:
    from mlflow import MlflowClient

NONE = "none"
"""Stands for a half that does not exist yet, and for the release where there is none."""

Alias = Literal["champion", "challenger"]


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the registered model ``release``; a missing half is ``none``."""

    version: str
    forecaster_version: str
    troubleshooter_version: str


def by_alias(client: "MlflowClient", alias: Alias) -> Release | None:
    """The release that carries the alias, or None where nobody does."""
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_model_version_by_alias(RELEASE, alias)
    except MlflowException as error:
        # A missing alias is INVALID_PARAMETER_VALUE, a missing model RESOURCE_DOES_NOT_EXIST (MLflow 3.17).
        if error.error_code in {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"}:
            return None
        raise
    return Release(str(found.version), found.tags["forecaster_version"], found.tags["troubleshooter_version"])


def propose(
    client: "MlflowClient", *, forecaster_version: str | None = None, troubleshooter_version: str | None = None
) -> Release:
    """The new challenger: the given halves, the rest from the champion."""
    champion = by_alias(client, "champion")
    halves = {
        "forecaster_version": forecaster_version or (champion.forecaster_version if champion else NONE),
        "troubleshooter_version": troubleshooter_version or (champion.troubleshooter_version if champion else NONE),
    }
    run_id = client.create_run(experiment_id(client, RELEASE)).info.run_id
    for name, value in halves.items():
        client.log_param(run_id, name, value)
    client.log_text(run_id, json.dumps(halves), f"{RELEASE}/release.json")
    client.set_terminated(run_id)
    ensure_registered(client, RELEASE)
    made = client.create_model_version(RELEASE, f"runs:/{run_id}/{RELEASE}", run_id=run_id, tags=halves)
    client.set_registered_model_alias(RELEASE, "challenger", made.version)
    return Release(str(made.version), **halves)


def promote(client: "MlflowClient", release: Release) -> None:
    """Make ``release`` the champion; it is no challenger any more."""
    challenger = by_alias(client, "challenger")
    client.set_registered_model_alias(RELEASE, "champion", release.version)
    if challenger == release:
        client.delete_registered_model_alias(RELEASE, "challenger")


def as_dict(release: Release | None) -> dict[str, str]:
    """The release as text fields; ``none`` everywhere where there is none."""
    return asdict(release) if release else asdict(Release(NONE, NONE, NONE))
