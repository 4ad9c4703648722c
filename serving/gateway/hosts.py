"""Which names this service answers to: a page elsewhere must not reach it by pointing its own name here."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@lru_cache(maxsize=256)
def is_loopback(address: str) -> bool:
    """Whether an address, or the name ``localhost``, stays on this machine."""
    try:
        return _ip_of(address).is_loopback
    except ValueError:
        return address.lower() == "localhost"


def _ip_of(address: str) -> IPv4Address | IPv6Address:
    """An address; that of IPv4 where an IPv6 socket says `::ffff:1.2.3.4` of an IPv4 connection."""
    ip = ip_address(address)
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def _is_same(host: str, address: str | None) -> bool:
    try:
        return address is not None and _ip_of(host) == _ip_of(address)
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The host in a ``Host`` header, in lower case, without port, brackets and the dot of the root."""
    name, colon, port = header.rpartition(":")
    host = name if colon and port.isdigit() else header
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return host.lower().removesuffix(".")


class AllowedHosts:
    """The names that a request may be addressed to.

    Loopback names always, the address that the connection came in on (a probe or a load balancer names no other), and
    what the owner allows. DNS rebinding needs a name of the attacker's own, which is none of these.

    Args:
        names: Allowed beside; ``.example.com`` is every name below ``example.com``.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        given = {name.lower() for name in names}
        self._names = _LOOPBACK | {name for name in given if not name.startswith(".")}
        self._suffixes = tuple(name for name in given if name.startswith("."))

    def allow(self, header: str, local_address: str | None) -> bool:
        """Whether a ``Host`` header names this service.

        Args:
            header: As it came.
            local_address: The address of this end of the connection.
        """
        host = host_of(header)
        return (
            host in self._names
            or bool(self._suffixes and host.endswith(self._suffixes))
            or host == local_address
            or _is_same(host, local_address)
        )
