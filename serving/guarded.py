"""The guard around the service, as this installation is set up."""

from typing import Any

from _bentoml_impl.server.app import ServiceAppFactory
from _bentoml_sdk import Service

from serving.gateway.authentication import Authentication
from serving.gateway.fair_accept import accept_fairly
from serving.gateway.guard import App, Guard
from serving.gateway.hosts import AllowedHosts
from serving.gateway.limited_protocol import LimitedProtocol
from serving.gateway.time_limit import TimeLimit
from serving.gateway.timed_protocol import speak
from serving.routes.direct import DirectRecommendations
from sparkwright.access.audit import AuditLog
from sparkwright.access.key_ring import KeyRing
from sparkwright.access.keys import KeyFile
from sparkwright.settings import settings


class ServiceGuard(Guard):
    """A guard by the settings of this process.

    Args:
        app: What is guarded.
    """

    def __init__(self, app: App) -> None:
        where = settings()
        names = (name.strip() for name in where.allowed_hosts.split(","))
        super().__init__(
            app,
            AllowedHosts(filter(None, names)),
            Authentication(KeyRing(KeyFile(where.home / "keys.json")), always=where.require_keys),
            AuditLog(where.home / "audit"),
        )


def guard(service: Any) -> None:
    """Put the guard around everything that a BentoML service answers, and an end to every wait for a client.

    Connections are spread over the workers, too.
    """
    # A middleware that BentoML knows of would be inside of its tracing and its time-out, which every request pays for.
    service.__class__ = _GuardedService
    speak(LimitedProtocol)
    accept_fairly()


class _GuardedService(Service):  # type: ignore[misc]  # BentoML has no types here
    """A service of BentoML's whose application is guarded as a whole."""

    __slots__ = ()

    def to_asgi(self, is_main: bool = True) -> ServiceGuard:
        self.inject_config()
        factory = ServiceAppFactory(self, is_main=is_main)
        factory.timeout = None  # see serving.gateway.time_limit; its configuration takes no other word for none
        return ServiceGuard(TimeLimit(DirectRecommendations(factory())))
