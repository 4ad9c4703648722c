"""The body of Livy's ``POST /batches`` and ``POST /sessions``.

Source: the REST API in the documentation of Apache Livy 0.8; ``BatchSession`` and ``InteractiveSession`` set the fields
after ``conf``, so they win.
"""

from typing import Any

from sparkwright.errors import ConfigError
from sparkwright.launchers.formats.json_document import Document, conf_in, read_json, text_in, write_json
from sparkwright.launchers.formats.slot import Slot, drop
from sparkwright.launchers.inject import Injection

_FIELDS = {
    "driverMemory": ("spark.driver.memory", False),
    "driverCores": ("spark.driver.cores", True),
    "executorMemory": ("spark.executor.memory", False),
    "executorCores": ("spark.executor.cores", True),
    "numExecutors": ("spark.executor.instances", True),
    "queue": ("spark.yarn.queue", False),
    "name": ("spark.app.name", False),
}

read, write = read_json, write_json


def slots(document: Document) -> list[Slot]:
    """The application of a body.

    Raises:
        ConfigError: It is none, or a part of it has another type.
    """
    if not isinstance(document, dict) or not ({"file", "kind", "conf"} | _FIELDS.keys()) & document.keys():
        raise ConfigError("expected the body of Livy's POST /batches (file, conf, ...) or POST /sessions (kind, ...)")
    fields = {name: text for key, (name, _) in _FIELDS.items() if (text := text_in(document, key))}
    file = text_in(document, "className") or text_in(document, "file").rpartition("/")[2]
    notes = ("a session is shared by what runs in it: no run of a workload",) if "file" not in document else ()
    properties = {**conf_in(document, "conf"), **fields}
    return [
        Slot(
            label=properties.get("spark.app.name") or file or "session",
            properties=properties,
            app_name=properties.get("spark.app.name") or file or "livy",
            put=lambda injection: _put(document, injection),
            user_name=text_in(document, "proxyUser"),
            notes=notes,
        )
    ]


def _put(body: dict[str, Any], injection: Injection) -> None:
    """A property goes where the user has it, else into its field, else into ``conf``."""
    by_property = {name: (key, is_count) for key, (name, is_count) in _FIELDS.items()}
    conf = body.get("conf") or {}
    drop(conf, injection)
    for name in injection.removed & by_property.keys():
        body.pop(by_property[name][0], None)
    beside: dict[str, str] = {}
    for name, value in injection.added.items():
        key, is_count = by_property.get(name, ("", False))
        if key and (key in body or name not in conf) and (not is_count or value.isdecimal()):
            body[key] = int(value) if is_count else value
        else:
            beside[name] = value
    if beside:
        body["conf"] = {**conf, **beside}
