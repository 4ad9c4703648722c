"""What an application runs on: the cluster, or a host of one driver that lacks something: disk space, rights."""

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
    """What ``--master`` takes: a host of its own runs driver and tasks in one JVM."""
    return cluster_url if host == "cluster" else "local[2]"


def command_on(host: Host, folder: Path, command: list[str]) -> list[str]:
    """The command as it has to be started; what it needs of the host goes away when it ends.

    Args:
        host: What to run on.
        folder: Where the host's folders are.
        command: What to run.
    """
    if host == "small_disk":
        # In a mount namespace of its own: nobody else sees the small file system, and it ends with its last process.
        mount = f'mount -t tmpfs -o size={_DISK_MIB}m tmpfs "$0" && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", mount, str(folder / "disk"), *command]
    if host == "unprivileged" and os.geteuid() == 0:
        # Root without the two capabilities that let it pass over the rights of files; anybody else has neither.
        return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--", *command]
    return command


def prepare(folder: Path) -> None:
    """Makes the folders that properties may name."""
    for name in ("disk", "spare"):
        (folder / name).mkdir(exist_ok=True)


def fill(text: str, folder: Path) -> str:
    """A property with the host's folders in the places left for them."""
    return text.replace(DISK, str(folder / "disk")).replace(SPARE, str(folder / "spare"))


def why_not(host: Host, folder: Path) -> str:
    """Why nothing can run on this host here; empty where it can."""
    if host == "cluster":
        return ""
    needs = {"small_disk": "to mount a file system (unshare --mount)", "unprivileged": "to drop capabilities (setpriv)"}
    try:
        done = subprocess.run(command_on(host, folder, ["true"]), capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        return f"expected {needs[host]}, found no {error.filename}"
    return f"expected {needs[host]}, which is not allowed here: {done.stderr.strip()}" if done.returncode else ""
