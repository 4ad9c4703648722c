"""What writers of the lake share: repeated commits, the lock of a folder, and Delta's errors on one line."""

import fcntl
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deltalake.exceptions import CommitFailedError, DeltaError

from sparkwright.errors import LakeError, reason

_RETRY_SECONDS = 120.0
# Rust prints the frames of its stack below the causes: "   0: name", then perhaps "at file:line".
_BACKTRACE = re.compile(r"\n\s*(?:stack backtrace:\s*\n\s*)?0: [^\n]*(?:\n\s*(?:\d+:|at ) *[^\n]*)*\s*$")
_NEXT_CAUSE = re.compile(r"\s*\n\s*(?:\x1b\[\d*m|\u21b3|\s)*")


def until_committed(attempt: Callable[[], None], table: str) -> None:
    """Repeat a write while other writers win the race.

    Args:
        attempt: Reads the table as it is now, and writes it.
        table: Which one, for messages.

    Raises:
        LakeError: It cannot be written, or other writers won every race for two minutes.
    """
    deadline = time.monotonic() + _RETRY_SECONDS
    pause = 0.05
    while True:
        try:
            return attempt()
        except CommitFailedError as error:
            if time.monotonic() > deadline:
                raise LakeError(
                    f"expected to write {table} within {_RETRY_SECONDS:.0f} s, other writers won every race: run the "
                    f"command again later ({one_line(error)})"
                ) from error
        except (OSError, DeltaError) as error:
            raise LakeError(f"expected to write {table}: {one_line(error)}") from error
        # Jitter, so that writers that collided do not collide again; the growing pause lets slow merges finish.
        time.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(2 * pause, 2.0)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a lake in a folder.

    Raises:
        LakeError: The folder cannot be written.
    """
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fcntl.flock(held.enter_context((folder / ".writer.lock").open("a")), fcntl.LOCK_EX)
        except OSError as error:
            raise LakeError(f"expected a writable folder at {folder}: {one_line(error)}") from error
        yield


def one_line(error: BaseException) -> str:
    """The reason on one line; delta-rs lists the chain of causes on separate lines, and below them its stack's frames.

    They are not joined by colons: what follows "credentials:" would be redacted as a secret.
    """
    return _NEXT_CAUSE.sub("; ", _BACKTRACE.sub("", reason(error)).strip())
