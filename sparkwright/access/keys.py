"""API keys: made here, shown once, kept as hashes in ``<home>/keys.json``.

A key is 256 random bits, so its SHA-256 cannot be guessed from the file; a slow hash would only slow each request.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sparkwright.access.caller import Caller, Scope
from sparkwright.errors import ConfigError, reason

_MARK = "spw"
_BYTES = 32
_MAX_TEAM = 128


class Key(BaseModel):
    """What is kept of one key: nothing that opens anything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: Annotated[str, Field(pattern="^[a-z0-9]{8}$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="Of the whole key, in hexadecimal.")]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    team: Annotated[str, Field(max_length=_MAX_TEAM)]
    queues: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    workloads: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None

    @property
    def caller(self) -> Caller:
        """Whoever shows it."""
        return Caller(self.key_id, self.team, self.scopes, self.queues, self.workloads)


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=1)] = 1
    keys: list[Key] = []


class KeyFile:
    """The keys of an installation, changed by one process at a time and read by all.

    Args:
        path: Where they are kept; made on first use, for the owner only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Key]:
        """All keys, expired ones too; none where there is no file.

        Raises:
            ConfigError: The file holds something else, or others than the owner may write to it.
        """
        try:
            with self.path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                text = file.read()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ConfigError(f"expected to read the keys in {self.path}: {reason(error)}") from error
        if mode & 0o022:
            raise ConfigError(f"expected that only its owner may write to {self.path}: chmod 600 {self.path}")
        try:
            return _Kept.model_validate_json(text).keys
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
            at = ".".join(map(str, fault["loc"]))
            raise ConfigError(
                f"expected keys in {self.path}: {f'{at}: ' if at else ''}{fault['msg']}; restore the file, or move it "
                "away and create all keys anew with `sparkwright keys create`"
            ) from error

    def create(
        self,
        scopes: Sequence[Scope],
        team: str,
        *,
        queues: Sequence[str] = (),
        workloads: Sequence[str] = (),
        expires_at: datetime | None = None,
    ) -> tuple[Key, str]:
        """A new key, and its text, which is nowhere kept.

        Raises:
            ConfigError: The team or a prefix is none, or the file cannot be used.
        """
        if not team.isprintable() or not 1 <= len(team.strip()) <= len(team) <= _MAX_TEAM:
            raise ConfigError(f"expected a team of 1 to {_MAX_TEAM} printable characters, got {team[:40]!r}")
        if not all((*queues, *workloads)):
            raise ConfigError("expected prefixes of queues and workloads that are not empty: leave them out for all")
        key_id = secrets.token_hex(4)
        text = f"{_MARK}_{key_id}_{secrets.token_urlsafe(_BYTES)}"
        key = Key(
            key_id=key_id,
            sha256=_digest(text),
            scopes=frozenset(scopes),
            team=team,
            queues=tuple(queues),
            workloads=tuple(workloads),
            created_at=datetime.now(UTC),
            expires_at=expires_at,
        )
        with self._changing() as keys:
            keys.append(key)
        return key, text

    def revoke(self, key_id: str) -> Key:
        """Take a key out; services refuse it within a second.

        Raises:
            ConfigError: There is no such key, or the file cannot be used.
        """
        with self._changing() as keys:
            found = [key for key in keys if key.key_id == key_id]
            if not found:
                raise ConfigError(f"expected the id of a key (`sparkwright keys list`), got {key_id!r}")
            keys.remove(found[0])
        return found[0]

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(f"expected to write {self.path}: {reason(error)}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            keys = self.read()
            yield keys
            unfinished = self.path.with_suffix(".tmp")
            unfinished.unlink(missing_ok=True)
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
                file.write(_Kept(keys=keys).model_dump_json(indent=2))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path)
        except OSError as error:
            raise ConfigError(f"expected to write {self.path}: {reason(error)}") from error
        finally:
            os.close(lock)


def key_of(keys: Sequence[Key], text: str, at: datetime) -> Key | None:
    """The key that a text is, unless it has expired."""
    mark, _, rest = text.partition("_")
    key_id = rest.partition("_")[0]
    if mark != _MARK:
        return None
    digest = _digest(text)
    for key in keys:
        if key.key_id == key_id and hmac.compare_digest(key.sha256, digest):
            return key if key.expires_at is None or at < key.expires_at else None
    return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
