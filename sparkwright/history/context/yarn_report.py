"""YARN's report on an application in a file: the ResourceManager's JSON, or the output of ``yarn application -status``.

Formats follow Hadoop's ResourceManager REST documentation (``/ws/v1/cluster/apps``) and ``ApplicationCLI``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sparkwright.history.context.findings import Remark

_TEXT = re.compile(r"^Application Report\s*:", re.MULTILINE)
_FIELD = re.compile(r"^[ \t]+(Application-Id|State|Final-State) : (.*)$", re.MULTILINE)
_DIAGNOSTICS = re.compile(
    r"^[ \t]+Diagnostics : (.*?)(?=^[ \t]+(?:Unmanaged Application|Application Node|AM container Node|TimeoutType)|\Z)",
    re.MULTILINE | re.DOTALL,
)


class _App(msgspec.Struct, rename="camel"):
    id: str = ""
    state: str = ""
    final_status: str = ""
    diagnostics: str | None = ""


def remarks_of_json(answer: Mapping[str, Any]) -> Iterator[Remark]:
    """Remarks in a response of ``/ws/v1/cluster/apps/{id}`` or ``/ws/v1/cluster/apps``; none in any other JSON."""
    several = answer.get("apps")
    apps = several.get("app") if isinstance(several, dict) else [answer.get("app")]
    for one in apps if isinstance(apps, list) else []:
        try:
            app = msgspec.convert(one, _App, strict=False)
        except msgspec.ValidationError:
            continue
        yield from _remarks(app)


def remarks_of_text(text: str) -> Iterator[Remark] | None:
    """Remarks in the output of the command line tool; None if the text is not such a report."""
    if not _TEXT.search(text[:4096]):
        return None
    fields = dict(_FIELD.findall(text))
    diagnostics = _DIAGNOSTICS.search(text)
    app_id, state, final_status = (fields.get(name, "").strip() for name in ("Application-Id", "State", "Final-State"))
    return _remarks(_App(app_id, state, final_status, diagnostics[1] if diagnostics else ""))


def _remarks(app: _App) -> Iterator[Remark]:
    diagnostics = (app.diagnostics or "").strip()
    if diagnostics and diagnostics != "N/A" and app.final_status != "SUCCEEDED" and app.state != "RUNNING":
        yield Remark(f"YARN ResourceManager {app.id}".rstrip(), diagnostics)
