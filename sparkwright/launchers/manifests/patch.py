"""Changes of a manifest as patches: for kustomize, and by RFC 6902 for an admission webhook. Pure."""

from collections.abc import Mapping
from typing import Any

from sparkwright.launchers.manifests.fields import Path
from sparkwright.launchers.manifests.spark_application import Edit


def patch_of(document: Mapping[str, Any], edits: list[Edit]) -> dict[str, Any]:
    """The changes as a kustomize patch: what names the object, and the fields that change; null takes one out."""
    metadata = document.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    named = {key: str(metadata[key]) for key in ("name", "namespace") if metadata.get(key)}
    patch: dict[str, Any] = {"apiVersion": document["apiVersion"], "kind": document["kind"], "metadata": named}
    for edit in edits:
        _put(patch, edit)
    return patch


def json_patch_of(document: Mapping[str, Any], edits: list[Edit]) -> list[dict[str, object]]:
    """The changes as a JSON patch (RFC 6902); mappings that are missing are added first."""
    patch: list[dict[str, object]] = []
    made: set[Path] = set()
    for edit in edits:
        if edit.value is None:
            patch.append({"op": "remove", "path": _pointer(edit.path)})
            continue
        at: Any = document
        for depth, step in enumerate(edit.path[:-1], start=1):
            at = at.get(step) if isinstance(at, Mapping) else None
            if not isinstance(at, Mapping) and edit.path[:depth] not in made:
                made.add(edit.path[:depth])
                patch.append({"op": "add", "path": _pointer(edit.path[:depth]), "value": {}})
        patch.append({"op": "add", "path": _pointer(edit.path), "value": edit.value})
    return patch


def _put(root: dict[str, Any], edit: Edit) -> None:
    at = root
    for step in edit.path[:-1]:
        at = at.setdefault(step, {})
    at[edit.path[-1]] = edit.value


def _pointer(path: Path) -> str:
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in path)
