"""Releases: the pairs (forecaster version, troubleshooter version) that are served together.

One registered model ``release`` names both halves in the tags of its versions, and only its aliases ``champion`` and
``challenger`` move, so both halves change at once.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

from data_contracts.fields.decision import NONE
from sparkwright.errors import RegistryError
from sparkwright.registry.models import RELEASE, ensure_registered
from sparkwright.registry.tracking import experiment_id

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

FORECASTER_HALF, TROUBLESHOOTER_HALF = "forecaster_version", "troubleshooter_version"

Alias = Literal["champion", "challenger"]


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the registered model ``release``; a missing half is ``none``.

    Attributes:
        version: Number of the version.
        forecaster_version: The forecaster's half.
        troubleshooter_version: The troubleshooter's half.
        changed_halves: The halves that the proposal changed; the rest was the champion's at that moment.
        run_id: MLflow run of the proposal; its metrics are the release's scores.
    """

    version: str
    forecaster_version: str
    troubleshooter_version: str
    changed_halves: tuple[str, ...]
    run_id: str


def by_alias(client: "MlflowClient", alias: Alias) -> Release | None:
    """Return the release that carries the alias, or None if no release does."""
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_model_version_by_alias(RELEASE, alias)
    except MlflowException as error:
        # A missing alias is INVALID_PARAMETER_VALUE, a missing model RESOURCE_DOES_NOT_EXIST (MLflow 3.17).
        if error.error_code in {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"}:
            return None
        raise
    return _release(found)


def by_version(client: "MlflowClient", version: str) -> Release:
    """Return the release with this number.

    Raises:
        RegistryError: There is none.
    """
    from mlflow.exceptions import MlflowException

    try:
        return _release(client.get_model_version(RELEASE, version))
    except MlflowException as error:
        raise RegistryError(
            f"expected release {version} in the registry: {error.message}; `sparkwright train` and `finetune` propose "
            "releases"
        ) from error


def named(client: "MlflowClient", name: str) -> Release | None:
    """Return the release with this alias or number, or None if there is none."""
    from mlflow.exceptions import MlflowException

    if name in get_args(Alias):
        return by_alias(client, cast(Alias, name))
    try:
        return _release(client.get_model_version(RELEASE, name))
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def propose(
    client: "MlflowClient", *, forecaster_version: str | None = None, troubleshooter_version: str | None = None
) -> Release:
    """Register and return the new challenger: the given halves, the rest from the champion."""
    champion = by_alias(client, "champion")
    given = {FORECASTER_HALF: forecaster_version, TROUBLESHOOTER_HALF: troubleshooter_version}
    halves = {name: version or (getattr(champion, name) if champion else NONE) for name, version in given.items()}
    changed_halves = tuple(name for name, version in given.items() if version)
    run_id = client.create_run(experiment_id(client, RELEASE)).info.run_id
    for name, value in halves.items():
        client.log_param(run_id, name, value)
    client.log_text(run_id, json.dumps(halves), f"{RELEASE}/release.json")
    client.set_terminated(run_id)
    ensure_registered(client, RELEASE)
    made = client.create_model_version(
        RELEASE, f"runs:/{run_id}/{RELEASE}", run_id=run_id, tags={**halves, "changed_halves": ",".join(changed_halves)}
    )
    client.set_registered_model_alias(RELEASE, "challenger", made.version)
    return Release(str(made.version), **halves, changed_halves=changed_halves, run_id=run_id)


def rebased(client: "MlflowClient", release: Release) -> Release:
    """Return the release with its changed halves on top of the current champion; ``release`` itself if already so.

    Two trainings may propose at the same time: without this, the one promoted last would restore the half that the
    other has just replaced.
    """
    champion = by_alias(client, "champion")
    kept = [name for name in (FORECASTER_HALF, TROUBLESHOOTER_HALF) if name not in release.changed_halves]
    if champion is None or all(getattr(release, name) == getattr(champion, name) for name in kept):
        return release
    return propose(client, **{name: getattr(release, name) for name in release.changed_halves})


def promote(client: "MlflowClient", release: Release) -> None:
    """Make ``release`` the champion; it stops being the challenger."""
    challenger = by_alias(client, "challenger")
    client.set_registered_model_alias(RELEASE, "champion", release.version)
    if challenger == release:
        client.delete_registered_model_alias(RELEASE, "challenger")


def _release(found: "ModelVersion") -> Release:
    tags = found.tags
    return Release(
        str(found.version),
        tags[FORECASTER_HALF],
        tags[TROUBLESHOOTER_HALF],
        tuple(tags["changed_halves"].split(",")),
        str(found.run_id),
    )
