"""Which cluster manager a master URL names, or else the id of an application."""

import re
from collections.abc import Mapping

_PLATFORMS = {"yarn": "yarn", "k8s": "kubernetes", "spark": "standalone", "local-cluster": "standalone"}
# As the scheduler backends of Spark make them. Not local mode's: the heap would be the driver's, and no log says it.
# `spark-application-` is any backend's.
_IDS = {
    "yarn": re.compile(r"application_\d+_\d+"),
    "standalone": re.compile(r"app-\d{14}-\d{4,}"),
    "kubernetes": re.compile(r"spark-[0-9a-f]{32}"),
}


def platform_of(master: str | None) -> str:
    """The cluster manager behind a master URL: standalone, yarn, kubernetes, local or unknown."""
    scheme = (master or "").strip().lower().partition(":")[0].partition("[")[0]
    if scheme.startswith("yarn"):  # `yarn-client` and `yarn-cluster` until Spark 1.6
        return "yarn"
    return _PLATFORMS.get(scheme, "local" if scheme == "local" else "unknown")


def platform_of_application(properties: Mapping[str, str], app_id: str) -> str:
    """The cluster manager of an application that has run: by its master, or by its id where no master is named."""
    if master := properties.get("spark.master", "").strip():
        return platform_of(master)
    return next((name for name, pattern in _IDS.items() if pattern.fullmatch(app_id)), "unknown")
