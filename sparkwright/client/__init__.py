"""The service as a program sees it: a typed client, blocking (standard library only) and asynchronous (httpx).

    from sparkwright.client import Client

    advice = Client("https://sparkwright.internal").recommend(app_name="daily orders", launch_id="orders-2026-11-29")

Both ask the calls of :mod:`sparkwright.client.calls` and give the JSON of :mod:`sparkwright.client.answers`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkwright.client.asynchronous import AsyncClient
    from sparkwright.client.blocking import Client

__all__ = ["AsyncClient", "Client"]


def __getattr__(name: str) -> Any:
    # When they are used: a launcher imports the exchange only and has a third of a second, httpx takes a tenth.
    if name == "Client":
        from sparkwright.client.blocking import Client

        return Client
    if name == "AsyncClient":
        from sparkwright.client.asynchronous import AsyncClient

        return AsyncClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
