"""What ``sparkwright submit`` leaves beside the event logs: the driver's output and its exit code.

Something that watches executors from outside, as YARN's NodeManager does, may leave its diagnostics there, too.
"""

import re

from sparkwright.history.context.findings import (
    AroundLog,
    FileState,
    Findings,
    Keys,
    Remark,
    Subject,
    names_a_file,
)
from sparkwright.history.context.folders import Folder, read_lines, state_of
from sparkwright.history.context.text import DRIVER_END_BYTES
from sparkwright.stores import FilePath

_MAX_EXIT_FILE_BYTES = 64
_MAX_DIAGNOSTICS_BYTES = 64 * 1024
_ENDINGS = ("log", "exit", "diagnostics")
_OF_EXECUTOR = re.compile(r"^executor (\d+): (.+)$", re.MULTILINE)


class Launcher:
    """A folder of ``<launch_id>.log``, ``<launch_id>.exit`` and ``<launch_id>.diagnostics``.

    Args:
        folders: Where to look; the first one with a file of the launch counts.
    """

    def __init__(self, *folders: Folder) -> None:
        self._folders = folders

    def state(self, keys: Keys) -> FileState:
        """The state of all files of the launch."""
        return state_of(self._found(keys)[1].values())

    def look(self, subject: Subject) -> Findings:
        """The exit code and the diagnostics of executors, if they were written."""
        folder, files = self._found(subject.keys)
        findings = Findings()
        if folder is not None and (file := files.get("exit")):
            findings.exit_code = _exit_code(_beginning(folder, file, _MAX_EXIT_FILE_BYTES))
        if folder is not None and (file := files.get("diagnostics")):
            text = _beginning(folder, file, _MAX_DIAGNOSTICS_BYTES)
            findings.remarks = [Remark(file.name, found[2], found[1]) for found in _OF_EXECUTOR.finditer(text)]
        return findings

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The driver's output."""
        folder, files = self._found(subject.keys)
        if folder is None or (log := files.get("log")) is None:
            return []
        return [AroundLog(log.name, None, lambda: read_lines(folder, log, DRIVER_END_BYTES))]

    def _found(self, keys: Keys) -> tuple[Folder | None, dict[str, FilePath]]:
        """The folder of the launch, and its files by their endings."""
        if names_a_file(keys.launch_id):
            for folder in self._folders:
                if files := folder.named(*(f"{keys.launch_id}.{ending}" for ending in _ENDINGS)):
                    return folder, {file.name.rpartition(".")[2]: file for file in files}
        return None, {}


def _beginning(folder: Folder, file: FilePath, max_bytes: int) -> str:
    try:
        with folder.reading(), file.open("rb", buffering=max_bytes) as stream:
            return stream.read(max_bytes).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _exit_code(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\s*\d{1,3}\s*", text) else None
