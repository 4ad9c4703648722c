"""The guard around the service, as this installation is set up."""

from typing import Any

from serving.guard import App, Guard
from serving.hosts import AllowedHosts
from serving.timed_protocol import time_connections
from sparkwright.settings import settings


class ServiceGuard(Guard):
    """A guard by the settings of this process.

    Args:
        app: What is guarded.
    """

    def __init__(self, app: App) -> None:
        where = settings()
        super().__init__(app, AllowedHosts(name.strip() for name in where.allowed_hosts.split(",") if name.strip()))


def guard(service: Any) -> None:
    """Put the guard around everything that a BentoML service answers, and an end to every wait for a client."""
    service.add_asgi_middleware(ServiceGuard)
    time_connections()
