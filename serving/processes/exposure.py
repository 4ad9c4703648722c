"""What has to be in place before the service is reached from another machine."""

from serving.gateway.hosts import is_loopback
from sparkwright.access.keys import KeyFile
from sparkwright.errors import ConfigError
from sparkwright.settings import Settings


def expose(where: Settings, host: str) -> dict[str, str]:
    """What the processes of the service have to be told in their environment, for an address to bind.

    Raises:
        ConfigError: Other machines reach the address, and nobody has a key.
    """
    if is_loopback(host):
        return {}
    if not KeyFile(where.home / "keys.json").read():
        raise ConfigError(
            f"--host {host}: expected API keys before other machines reach the service: "
            f"`sparkwright keys create --scope launcher --team NAME` makes the first one"
        )
    # Its own name is one that it answers to; and keys count on loopback as well then, where a proxy may stand.
    return {
        "SPARKWRIGHT_REQUIRE_KEYS": "true",
        "SPARKWRIGHT_ALLOWED_HOSTS": ",".join(filter(None, [where.allowed_hosts, host])),
    }
