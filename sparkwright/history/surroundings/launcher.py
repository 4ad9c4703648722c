"""What ``sparkwright submit`` leaves beside the event logs: the driver's output and its exit code."""

from pathlib import Path

from sparkwright.history.surroundings.findings import (
    NO_FILES,
    AroundLog,
    FileState,
    Findings,
    Keys,
    Subject,
    names_a_file,
)
from sparkwright.history.surroundings.folders import state_of
from sparkwright.history.surroundings.text import DRIVER_END_BYTES, file_lines

_MAX_EXIT_FILE_BYTES = 64


class Launcher:
    """A folder of ``<launch_id>.log`` and ``<launch_id>.exit``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def state(self, keys: Keys) -> FileState:
        """Of log and exit code."""
        return state_of(self._files(keys)) if names_a_file(keys.launch_id) else NO_FILES

    def look(self, subject: Subject) -> Findings:
        """The exit code, where somebody wrote it down."""
        if not names_a_file(subject.keys.launch_id):
            return Findings()
        try:
            with self._files(subject.keys)[1].open("rb") as stream:
                return Findings(exit_code=int(stream.read(_MAX_EXIT_FILE_BYTES)))
        except (OSError, ValueError):
            return Findings()

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The driver's output."""
        if not names_a_file(subject.keys.launch_id):
            return []
        log = self._files(subject.keys)[0]
        return [AroundLog(log.name, None, lambda: file_lines(log, DRIVER_END_BYTES))] if log.is_file() else []

    def _files(self, keys: Keys) -> tuple[Path, Path]:
        return self._folder / f"{keys.launch_id}.log", self._folder / f"{keys.launch_id}.exit"
