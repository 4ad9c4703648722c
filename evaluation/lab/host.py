"""What an application runs on: the cluster, or a single-driver host that lacks disk space or rights."""

import os
import subprocess
from pathlib import Path
from typing import Literal

Host = Literal["cluster", "small_disk", "unprivileged"]
DISK = "{disk}"
"""In a property, a folder of the host; on `small_disk` a file system of its own, which is soon full."""
SPARE = "{spare}"
"""In a property, another folder of the host, on the machine's own disk."""
_DISK_MIB = 48


def master(host: Host, cluster_url: str) -> str:
    """Return the value of ``--master``: a special host runs driver and tasks in one JVM."""
    return cluster_url if host == "cluster" else "local[2]"


def command_on(host: Host, folder: Path, command: list[str]) -> list[str]:
    """Wrap a command for a host; what it needs there disappears when it ends.

    Args:
        host: What to run on.
        folder: Where the host's folders are.
        command: What to run.
    """
    if host == "small_disk":
        # In its own mount namespace: nobody else sees the small file system, and it disappears with its last process.
        mount = f'mount -t tmpfs -o size={_DISK_MIB}m tmpfs "$0" && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", mount, str(folder / "disk"), *command]
    if host == "unprivileged" and os.geteuid() == 0:
        # Root without the two capabilities that bypass file permissions; other users have neither.
        return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--", *command]
    return command


def prepare(folder: Path) -> None:
    """Create the folders that properties may name."""
    for name in ("disk", "spare"):
        (folder / name).mkdir(exist_ok=True)


def fill(text: str, folder: Path) -> str:
    """Fill in a property's placeholders for the host's folders."""
    return text.replace(DISK, str(folder / "disk")).replace(SPARE, str(folder / "spare"))


def why_not(host: Host, folder: Path) -> str:
    """Return why this host cannot be used here; empty if it can."""
    if host == "cluster":
        return ""
    needs = {"small_disk": "to mount a file system (unshare --mount)", "unprivileged": "to drop capabilities (setpriv)"}
    try:
        done = subprocess.run(command_on(host, folder, ["true"]), capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        return f"expected {needs[host]}, found no {error.filename}"
    return f"expected {needs[host]}, which is not allowed here: {done.stderr.strip()}" if done.returncode else ""
