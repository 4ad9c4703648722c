"""Session configurations of Apache Kyuubi: a file of properties, as ``kyuubi-session-<profile>.conf``.

Source: Session Conf Advisor and ``FileSessionConfAdvisor`` in the documentation of Kyuubi 1.10: the file that
``kyuubi.session.conf.profile`` names is laid over the configuration of a session, and counts when its engine starts.
"""

import re

from sparkwright.launchers.formats.slot import Slot
from sparkwright.launchers.inject import Injection

_LINE = re.compile(r"^\s*(?P<key>[^\s#!=:][^\s=:]*)(?P<gap>\s*[=:\s]\s*)(?P<value>.*?)\s*$")


class Conf:
    """The lines of a file."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def pairs(self) -> dict[str, str]:
        """What the lines set; the last one counts."""
        found = filter(None, map(_LINE.match, self.lines))
        return {line["key"]: line["value"] for line in found}

    def put(self, injection: Injection) -> None:
        """Replace the lines of what is replaced, take out what a policy lets nobody set, and append the rest."""
        added = injection.added
        gone = injection.removed
        self.lines[:] = [line for line in self.lines if not (found := _LINE.match(line)) or found["key"] not in gone]
        for at, line in enumerate(self.lines):
            found = _LINE.match(line)
            if found and found["key"] in added:
                self.lines[at] = f"{found['key']}{found['gap']}{added[found['key']]}"
        there = self.pairs()
        style = next((found["gap"] for line in self.lines if (found := _LINE.match(line))), "=")
        self.lines += [f"{name}{style}{value}" for name, value in added.items() if name not in there]


def read(text: str) -> Conf:
    """The lines of a file."""
    return Conf(text.splitlines())


def write(document: Conf) -> str:
    """The lines as text."""
    return "".join(f"{line}\n" for line in document.lines)


def slots(document: Conf) -> list[Slot]:
    """The engine that a session with these configurations starts."""
    pairs = document.pairs()
    properties = {name: value for name, value in pairs.items() if name.startswith("spark.")}
    level = pairs.get("kyuubi.engine.share.level", "USER").upper()
    shared = (
        f"an engine is shared by the sessions of a {level.lower()}, so it is no run of a workload; "
        "kyuubi.engine.share.level=CONNECTION gives each its own"
    )
    return [
        Slot(
            label="session",
            properties=properties,
            app_name=properties.get("spark.app.name") or "kyuubi",
            put=document.put,
            notes=() if level == "CONNECTION" else (shared,),
        )
    ]
