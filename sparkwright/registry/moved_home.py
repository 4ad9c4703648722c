"""Keep the models of a copied or moved home usable, although MLflow stores the absolute path of every artefact."""

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
"""Columns where MLflow 3.17 stores artefact paths."""


def follow_home(where: Settings) -> None:
    """Rewrite artefact paths in MLflow's store that still point to the home this one was copied from.

    Applies only if store and artefacts both lie in the home, as they do by default, and only to experiments whose
    folder was copied along. Writes nothing if nothing moved.

    Raises:
        RegistryError: The store points to another home and cannot be written.
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
            f"expected to read and write {database}, whose artefact paths point to this home's old location: "
            f"{reason(error)}"
        ) from error


def _old_roots(store: sqlite3.Connection, root: str) -> set[str]:
    """Return the roots of experiments stored elsewhere although a folder of that name exists here."""
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
