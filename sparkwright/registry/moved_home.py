"""A home that was copied or moved keeps its models, although MLflow stores the absolute path of every artefact."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sparkwright.environment import defaults_under
from sparkwright.errors import RegistryError, reason
from sparkwright.settings import Settings

_COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Where MLflow 3.17 keeps paths of artefacts."""


def follow_home(where: Settings) -> None:
    """Let MLflow's store name the artefacts of this home where it names those of the home it was copied from.

    Only where store and artefacts both lie in the home, as they do unless a setting says otherwise, and only of
    experiments whose folder came along. Nothing is written where nothing moved.

    Raises:
        RegistryError: The store names another home and cannot be written.
    """
    defaults = defaults_under(where.home)
    if any(getattr(where, name) != defaults[name] for name in ("tracking_uri", "artifact_root")):
        return
    database = Path(where.tracking_uri.removeprefix("sqlite:///"))
    if not database.exists() or not database.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(database, timeout=30)) as store:
            for old in _old_roots(store, where.artifact_root):
                _rewrite(store, old, where.artifact_root)
    except sqlite3.Error as error:
        raise RegistryError(
            f"expected to read and write {database}, whose artefacts lie where this home was before: {reason(error)}"
        ) from error


def _old_roots(store: sqlite3.Connection, root: str) -> set[str]:
    """The roots of experiments that lie elsewhere while a folder of their name lies here."""
    if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'").fetchone():
        return set()
    rows = store.execute("SELECT name, artifact_location FROM experiments WHERE artifact_location IS NOT NULL")
    return {
        location.removesuffix(f"/{name}")
        for name, location in rows
        if location.endswith(f"/{name}") and location != f"{root}/{name}" and Path(root, name).is_dir()
    }


def _rewrite(store: sqlite3.Connection, old: str, new: str) -> None:
    with store:  # one transaction: all or nothing
        for table, column in _COLUMNS:
            store.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                (new, len(old) + 1, len(old) + 1, f"{old}/"),
            )
