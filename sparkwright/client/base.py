"""What both clients are made of: whom they ask, with which key, how long they wait, and what they repeat."""

import json
import ssl
from pathlib import Path
from typing import Any

from sparkwright.client.attempts import Attempts
from sparkwright.client.breaker import Breaker
from sparkwright.client.calls import Call
from sparkwright.client.exchange import HttpRequest, split_address
from sparkwright.environment import SERVICE_URL, api_key_of, checked_key, env_file, read_variables
from sparkwright.errors import ConfigError, reason


class BaseClient:
    """What to ask, without asking.

    Args:
        url: Where the service is. Default: ``SPARKWRIGHT_SERVICE_URL``, else this machine.
        api_key: Default: ``SPARKWRIGHT_API_KEY``, or what stands in the file that ``SPARKWRIGHT_API_KEY_FILE`` names;
            empty: none.
        timeout_s: Deadline of what a launcher asks, in seconds: name look-up, all attempts and the waits between them.
        slow_timeout_s: The same of batches, diagnoses and what reads the lake.
        attempts: How often a call that may be repeated is made, at most.
        ca_file: Certificates (PEM) that the service's own is checked against. Default: those of this machine. It is
            always checked.
        failures_until_open: After so many failures in a row of a call it is not made for ``rest_s``.
        rest_s: Seconds.

    Raises:
        ConfigError: One of them cannot be used; no message holds the key.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        timeout_s: float = 2.0,
        slow_timeout_s: float = 180.0,
        attempts: int = 3,
        ca_file: str | Path | None = None,
        failures_until_open: int = 5,
        rest_s: float = 10.0,
    ) -> None:
        given = read_variables(dotenv=env_file()) if url is None or api_key is None else {}
        self._url = _checked(given.get("service_url", SERVICE_URL) if url is None else url)
        self._api_key = api_key_of(given) if api_key is None else api_key and checked_key(api_key, "api_key")
        self._timeout_s, self._slow_timeout_s = _positive(timeout_s), _positive(slow_timeout_s)
        if attempts < 1 or failures_until_open < 1:
            raise ConfigError(
                f"expected 1 attempt or more and 1 failure or more, got {attempts}, {failures_until_open}"
            )
        self._attempts = attempts
        self._failures_until_open, self._rest_s = failures_until_open, _positive(rest_s)
        self._breakers: dict[str, Breaker] = {}
        self._tls = _trusting(ca_file) if self._url.startswith("https:") else None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url!r})"

    def _request(self, call: Call[Any]) -> HttpRequest:
        payload = None if call.body is None else json.dumps(call.body, allow_nan=False).encode()
        return HttpRequest(call.method, self._url + call.path, payload, self._api_key)

    def _attempts_at(self, call: Call[Any], timeout_s: float | None) -> Attempts:
        default_s = self._slow_timeout_s if call.is_slow else self._timeout_s
        return Attempts(
            self._attempts if call.may_repeat else 1, default_s if timeout_s is None else _positive(timeout_s)
        )

    def _breaker_of(self, call: Call[Any]) -> Breaker:
        """One for each kind of call: readers that fail must not keep launchers from asking."""
        found = self._breakers.get(call.name)
        if found is None:
            made = Breaker(f"{self._url} ({call.name})", self._failures_until_open, self._rest_s)
            found = self._breakers.setdefault(call.name, made)
        return found


def _checked(url: str) -> str:
    try:
        parts = split_address(url)
    except ValueError as error:
        # A password may stand before the host.
        raise ConfigError(f"{error}, got {url.rpartition('@')[2]!r:.200}") from None
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError("expected the address of the service without user, password, query or fragment")
    return url.rstrip("/")


def _positive(seconds: float) -> float:
    if not 0 < seconds < float("inf"):
        raise ConfigError(f"expected seconds above 0, got {seconds!r}")
    return seconds


def _trusting(ca_file: str | Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigError(f"expected certificates (PEM) in {ca_file}: {reason(error)}") from error
