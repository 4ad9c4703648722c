"""Session configurations of Apache Kyuubi: a file of properties, as ``kyuubi-session-<profile>.conf``.

Source: Session Conf Advisor and ``FileSessionConfAdvisor`` in the documentation of Kyuubi 1.10: the file that
``kyuubi.session.conf.profile`` names is laid over the configuration of a session, and counts when its engine starts.
"""

from collections.abc import Sequence

from sparkwright.launchers.formats.slot import Slot
from sparkwright.launchers.inject import Injection
from sparkwright.spark.properties_file import entries


class Conf:
    """The lines of a file, with their ends."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)

    def pairs(self) -> dict[str, str]:
        """What the lines set; the last one counts."""
        return {entry.key: entry.value for entry in entries(self.lines)}

    def put(self, injection: Injection) -> None:
        """Replace the lines of what is replaced, take out what a policy lets nobody set, and append the rest."""
        found = list(entries(self.lines))
        line_end = "\r\n" if any(line.endswith("\r\n") for line in self.lines) else "\n"
        added = {name: value.replace("\\", "\\\\") for name, value in injection.added.items()}
        for entry in reversed(found):
            if entry.key in injection.removed:
                del self.lines[entry.first : entry.end]
            elif entry.key in added:
                self.lines[entry.first : entry.end] = [f"{entry.key}{entry.gap}{added[entry.key]}{line_end}"]
        if self.lines and not self.lines[-1].endswith("\n"):
            self.lines[-1] += line_end
        if self.lines and self.lines[-1].rstrip("\r\n").endswith("\\"):
            self.lines.append(line_end)  # it goes on with the next line, which is to be none of ours
        gap = found[0].gap if found else "="
        there = {entry.key for entry in found}
        self.lines += [f"{name}{gap}{value}{line_end}" for name, value in added.items() if name not in there]


def read(text: str) -> Conf:
    """The lines of a file."""
    return Conf(text.splitlines(keepends=True))


def write(document: Conf) -> str:
    """The lines as text."""
    return "".join(document.lines)


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
