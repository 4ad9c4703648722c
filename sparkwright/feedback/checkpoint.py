"""How far feedback has read the decision log and the lake, so that the next join reads only what came since.

A checkpoint saves work and decides nothing: it is written after everything that it covers, joining a part again changes
nothing, and without one that fits the log, the lake and this code, everything is joined.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import sqlalchemy as sa

from data_contracts.properties import spark as spark_properties
from data_contracts.row import Row, contract_hash
from data_contracts.tables import Decision, Outcome
from sparkwright.errors import LakeError
from sparkwright.feedback import join
from sparkwright.lake import Lake
from sparkwright.lake.changes import Position

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MAX_VERSION: Final = 2**53
"""What no log and no table has come to; a file that says otherwise was not written here."""


class Scope(msgspec.Struct, frozen=True):
    """What a checkpoint holds for; another log, other tables or other code start over.

    Attributes:
        code: Digest of the code that makes outcomes, and of their contract.
        log: Digest of the decision log's address.
        tables: Ids of the tables of decisions and outcomes; empty for one that was never written.
    """

    code: str
    log: str
    tables: tuple[str, str]


class FeedbackCheckpoint(msgspec.Struct, frozen=True):
    """How far everything was read.

    Attributes:
        scope: What it holds for.
        written_at: When the latest decision that was read was written to the log, by its writer's clock.
        runs: Where the table of runs was read to; None if it was never written.
        applications: The same of applications.
    """

    scope: Scope
    written_at: Annotated[datetime, msgspec.Meta(tz=True)]
    runs: Position | None
    applications: Position | None


def scope_of(lake: Lake, log_url: str) -> Scope:
    """Return the scope of a checkpoint that is used or written now.

    Raises:
        LakeError: The lake cannot be read.
    """
    log = sa.make_url(log_url).render_as_string(hide_password=True)
    return Scope(_code(), _digest(log.encode()), (_table_id(lake, Decision), _table_id(lake, Outcome)))


def load_checkpoint(path: Path, scope: Scope) -> FeedbackCheckpoint | None:
    """Return the checkpoint at ``path``; None if there is none, or none of this scope."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=FeedbackCheckpoint)
    except (OSError, msgspec.DecodeError):
        return None
    versions = [position.version for position in (kept.runs, kept.applications) if position is not None]
    is_plausible = kept.written_at >= _EARLIEST and all(0 <= version < _MAX_VERSION for version in versions)
    return kept if kept.scope == scope and is_plausible else None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the only join that goes on from the checkpoint at ``path``.

    Of two at once the slower might write outcomes of an application as it was before the other read it, and the
    checkpoint of the other would say that nothing of it is left to do.

    Raises:
        LakeError: Another join is running.
    """
    with ExitStack() as held:
        # Where no lock can be written no checkpoint can be either: each join then reads everything.
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = held.enter_context(path.with_suffix(".lock").open("a"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LakeError(
                    f"expected no other join of {path.parent}, one is running: wait until it ends"
                ) from None
        yield


def save_checkpoint(path: Path, checkpoint: FeedbackCheckpoint) -> bool:
    """Replace the checkpoint at ``path`` in one step; return whether it could be written."""
    draft = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(checkpoint))
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        return False  # the one before still holds: it covers less
    return True


def _table_id(lake: Lake, row_type: type[Row]) -> str:
    return str(lake.open(row_type).metadata().id) if lake.exists(row_type) else ""


def _code() -> str:
    sources = b"".join(Path(str(module.__file__)).read_bytes() for module in (join, spark_properties))
    return _digest(sources + contract_hash(Outcome, Outcome.model_fields).encode())


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
