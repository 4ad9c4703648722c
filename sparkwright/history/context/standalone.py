"""Work folders of a standalone cluster's workers: ``<work>/<app id>/<executor id>/{stdout,stderr}``.

Workers write them on their own machines, so the folder is one that all of them share or one that they are copied to.
No event log names the driver of cluster deploy mode (``<work>/driver-...``), so its output cannot be attributed.
"""

from sparkwright.history.context.findings import (
    NO_FILES,
    AroundLog,
    FileState,
    Findings,
    Keys,
    Subject,
    names_a_file,
)
from sparkwright.history.context.folders import Folder, executor_log_files, executor_logs, state_of

STANDALONE_WORK = "standalone work folder"


class Standalone:
    """A folder of work folders; the master knows nothing of an application's end that its event log does not."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def state(self, keys: Keys) -> FileState:
        """The state of all logs of the application."""
        if not names_a_file(keys.app_id):
            return NO_FILES
        return state_of(executor_log_files(self._folder, keys.app_id))

    def look(self, subject: Subject) -> Findings:
        """Empty findings, or the fault that the folder is missing."""
        if subject.platform == "standalone" and not self._folder.is_there():
            return Findings(faults={STANDALONE_WORK: f"expected a folder at {self._folder}, found none"})
        return Findings()

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The logs of executors that had trouble."""
        if not names_a_file(subject.keys.app_id):
            return []
        return executor_logs(self._folder, subject.keys.app_id, subject)
