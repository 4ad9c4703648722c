"""Who asks: a key is needed wherever the service is reached from another machine."""

from collections.abc import Iterable

from serving.gateway.hosts import is_loopback
from serving.gateway.refused import Refused
from sparkwright.access.caller import NOBODY, Caller, Scope
from sparkwright.access.key_ring import KeyRing
from sparkwright.errors import ConfigError

CALLER = "sparkwright.caller"
"""Key of the ASGI scope under which the routes find who asks."""

_PROBES = frozenset({"/livez", "/healthz", "/readyz", "/"})
_LAUNCHER = ("/v1/recommend", "/v1/feedback", "/v1/admission/", "/v1/requirements")
_READER = ("/v1/diagnose", "/v1/explain", "/v1/policies:check")
_CHALLENGE = (b"www-authenticate", b"Bearer")


def scope_of(method: str, path: str) -> Scope | None:
    """What a request needs; None where anybody may ask.

    What has no word here is read with ``reader`` and changed with ``admin``.
    """
    if path in _PROBES:
        return None
    if path.startswith(_LAUNCHER):
        return "launcher"
    return "reader" if method in {"GET", "HEAD", "OPTIONS"} or path.startswith(_READER) else "admin"


class Authentication:
    """Finds who asks, and refuses who may not.

    Args:
        ring: The keys.
        always: Whether loopback needs a key, too. Any other address does.
    """

    def __init__(self, ring: KeyRing, *, always: bool) -> None:
        self._ring = ring
        self._always = always

    def caller(self, path: str, headers: Iterable[tuple[bytes, bytes]], local_address: str | None) -> Caller:
        """Who asks.

        Raises:
            Refused: 401 without a valid key where one is needed or shown, 503 where keys cannot be read.
        """
        text = _shown(headers)
        if text is None:
            if path in _PROBES or not (self._always or local_address is None or not is_loopback(local_address)):
                return NOBODY
            raise Refused(
                401,
                "expected an API key: `Authorization: Bearer KEY`; `sparkwright keys create` makes one, launchers take "
                "it from SPARKWRIGHT_API_KEY or SPARKWRIGHT_API_KEY_FILE",
                closes=True,
                headers=[_CHALLENGE],
            )
        try:
            caller = self._ring.find(text)
        except ConfigError:
            raise Refused(503, "the keys cannot be read; the service's log says why", closes=True) from None
        if caller is None:
            raise Refused(
                401,
                "expected a key that is valid: this one is none, was revoked or expired",
                closes=True,
                headers=[_CHALLENGE],
            )
        return caller

    @staticmethod
    def check(caller: Caller, method: str, path: str) -> None:
        """Pass who may ask this.

        Raises:
            Refused: 403, the key does not reach that far.
        """
        needed = scope_of(method, path)
        if needed is not None and not caller.may(needed):
            told = ", ".join(sorted(caller.scopes))
            raise Refused(403, f"expected a key with the scope {needed}; this one has {told}", closes=True)


def _shown(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The key that a request shows, whatever it is worth."""
    for name, value in headers:
        if name == b"authorization":
            kind, _, text = value.decode("latin-1").partition(" ")
            return text.strip() if kind.lower() == "bearer" else ""
        if name == b"x-api-key":
            return value.decode("latin-1").strip()
    return None
