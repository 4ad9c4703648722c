"""The policies that the settings name, read again when their files change."""

import logging
from pathlib import Path

from data_contracts.api.report import Prices
from sparkwright.errors import ConfigError, reason
from sparkwright.policy.apply import Policies
from sparkwright.policy.reading import read_policies
from sparkwright.prices import load_prices
from sparkwright.settings import Settings

logger = logging.getLogger("bentoml.sparkwright.policy")

_Seen = tuple[tuple[str, int, int, int], ...]


class PolicySource:
    """Follows a file or a folder of policies.

    What cannot be read at the start is an error: a service without the rules of its owner must not answer. Later the
    rules that were read last stay in force until the files are right again.

    Args:
        path: A file or a folder; None: everything is allowed.
        prices: What an hour costs, for budgets in money.

    Attributes:
        current: What holds now; None where everything is allowed. Replaced as a whole, so that any thread may read it.
    """

    def __init__(self, path: Path | None, prices: Prices | None = None) -> None:
        self._path = path
        self._prices = prices
        self._seen: _Seen = ()
        self.current: Policies | None = None
        if path is not None:
            self._seen = _look(path)
            self.current = self._read(path)

    def refresh(self) -> bool:
        """Whether the policies changed, and hold from now on.

        Raises:
            ConfigError: They cannot be read; those of before stay in force.
        """
        if self._path is None:
            return False
        seen = _look(self._path)
        if seen == self._seen:
            return False
        fresh = self._read(self._path)
        # Kept only once they were read: files that are wrong are looked at, and told of, again.
        self._seen = seen
        changed = self.current is None or fresh.version != self.current.version
        self.current = fresh
        return changed

    def _read(self, path: Path) -> Policies:
        told = read_policies(path)
        for note in told.notes:
            logger.warning("Policies: %s", note)
        return Policies(told, self._prices)


def policies_of(where: Settings) -> Policies | None:
    """The policies that the settings name; None where they name none.

    Raises:
        ConfigError: They are wrong.
    """
    return None if where.policies is None else Policies(read_policies(where.policies), load_prices(where.prices))


def _look(path: Path) -> _Seen:
    """What tells that a file is another one than before."""
    try:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        told = []
        for file in files:
            facts = file.stat()
            told.append((str(file), facts.st_mtime_ns, facts.st_size, facts.st_ino))
    except OSError as error:
        raise ConfigError(f"expected readable policies at {path}: {reason(error)}") from error
    return tuple(told)
