"""What ``sparkwright submit`` leaves beside the event logs: the driver's output and its exit code.

Where somebody watched the executors from outside, as YARN's NodeManager does, what they said of each may lie there.
"""

import re
from pathlib import Path

from sparkwright.history.surroundings.findings import (
    NO_FILES,
    AroundLog,
    FileState,
    Findings,
    Keys,
    Remark,
    Subject,
    names_a_file,
)
from sparkwright.history.surroundings.folders import state_of
from sparkwright.history.surroundings.text import DRIVER_END_BYTES, file_lines

_MAX_EXIT_FILE_BYTES = 64
_MAX_DIAGNOSTICS_BYTES = 64 * 1024
_OF_EXECUTOR = re.compile(r"^executor (\d+): (.+)$", re.MULTILINE)


class Launcher:
    """A folder of ``<launch_id>.log``, ``<launch_id>.exit`` and ``<launch_id>.diagnostics``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def state(self, keys: Keys) -> FileState:
        """Of all its files."""
        return state_of(self._files(keys)) if names_a_file(keys.launch_id) else NO_FILES

    def look(self, subject: Subject) -> Findings:
        """The exit code and what was said of executors, where somebody wrote it down."""
        if not names_a_file(subject.keys.launch_id):
            return Findings()
        _, exit_file, diagnostics = self._files(subject.keys)
        said = _beginning(diagnostics, _MAX_DIAGNOSTICS_BYTES)
        return Findings(
            exit_code=_number(_beginning(exit_file, _MAX_EXIT_FILE_BYTES)),
            remarks=[Remark(diagnostics.name, found[2], found[1]) for found in _OF_EXECUTOR.finditer(said)],
        )

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The driver's output."""
        if not names_a_file(subject.keys.launch_id):
            return []
        log = self._files(subject.keys)[0]
        return [AroundLog(log.name, None, lambda: file_lines(log, DRIVER_END_BYTES))] if log.is_file() else []

    def _files(self, keys: Keys) -> tuple[Path, Path, Path]:
        log, exit_file, diagnostics = (f"{keys.launch_id}.{ending}" for ending in ("log", "exit", "diagnostics"))
        return self._folder / log, self._folder / exit_file, self._folder / diagnostics


def _beginning(file: Path, most_bytes: int) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(most_bytes).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
