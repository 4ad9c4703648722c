"""Which cluster manager a master URL names."""

_PLATFORMS = {"yarn": "yarn", "k8s": "kubernetes", "spark": "standalone", "local-cluster": "standalone"}


def platform_of(master: str | None) -> str:
    """The cluster manager behind a master URL: standalone, yarn, kubernetes, local or unknown."""
    scheme = (master or "").strip().lower().partition(":")[0].partition("[")[0]
    if scheme.startswith("yarn"):  # `yarn-client` and `yarn-cluster` until Spark 1.6
        return "yarn"
    return _PLATFORMS.get(scheme, "local" if scheme == "local" else "unknown")
