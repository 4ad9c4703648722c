"""Let Airflow's API server answer only to the names of this machine.

A web page whose name was rebound to 127.0.0.1 sends that name in ``Host`` and is refused.
"""

from airflow.plugins_manager import AirflowPlugin
from starlette.middleware.trustedhost import TrustedHostMiddleware


class LoopbackHosts(AirflowPlugin):
    """Adds the check in front of everything that Airflow serves."""

    name = "sparkwright_loopback_hosts"
    fastapi_root_middlewares = [  # noqa: RUF012 - Airflow declares it as an attribute of the class
        {
            "name": "Names of this machine",
            "middleware": TrustedHostMiddleware,
            "args": [],
            "kwargs": {"allowed_hosts": ["127.0.0.1", "localhost"], "www_redirect": False},
        }
    ]
