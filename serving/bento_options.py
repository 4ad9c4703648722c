"""Options that all our BentoML services share."""

from typing import Final

ANSWER_LIMIT_S: Final = 120
"""What takes the service longer is answered with 504: :mod:`serving.gateway.time_limit`."""

QUIET: Final = {
    "logging": {"access": {"enabled": False}},
    # Off, because the labels are raw paths, one series for every path a client invents: see serving.service_metrics.
    "metrics": {"enabled": False},
}

BEHIND: Final = {
    **QUIET,
    "workers": 1,
    # The front's connections are never renewed: BentoML 1.4 does so after 100 requests by closing the session under
    # those that are in flight.
    "runner_connection": {"max_requests": 2**62, "max_age": 1e12},
}
"""For a service that only the one in front talks to."""
