"""Event logs in Azure's blob storage, read from Microsoft's own emulator where it is there (`npm install azurite`)."""

import base64
import hashlib
import hmac
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pyarrow.fs import AzureFileSystem

from sparkwright import stores
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from tests.support.history_contents import contents, rows

ACCOUNT = "devstoreaccount1"
# The published key of every emulator, of no use anywhere else.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
OPTIONS = ("--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry")
SAMPLE = 12  # every twelfth recorded log


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of an empty blob service."""
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("no azurite-blob on PATH: npm install azurite")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("azurite")
    with (folder / "output.log").open("wb") as output:
        server = subprocess.Popen(
            [program, "--blobHost", "127.0.0.1", "--blobPort", str(port), *OPTIONS],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, (folder / "output.log").read_text(encoding="utf-8")
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def shared_access_signature() -> dict[str, str]:
    """A signature for the whole account, as the portal of Azure makes one."""
    signed = {"sp": "rl", "ss": "b", "srt": "sco", "st": "", "se": "2099-01-01T00:00:00Z", "sip": ""}
    signed |= {"spr": "https,http", "sv": "2020-04-08"}
    text = "\n".join([ACCOUNT, *signed.values(), ""])
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    return {name: value for name, value in signed.items() if value} | {"sig": base64.b64encode(digest).decode()}


def test_event_logs_in_azure_are_harvested_as_from_a_folder(azure: str, campaign_logs: Path, tmp_path: Path) -> None:
    store = AzureFileSystem(
        ACCOUNT,
        account_key=KEY,
        blob_storage_authority=azure,
        dfs_storage_authority=azure,
        blob_storage_scheme="http",
        dfs_storage_scheme="http",
    )
    store.create_dir("history")
    folder = tmp_path / "eventlogs"
    for log in sorted(campaign_logs.iterdir())[::SAMPLE]:
        shutil.copytree(log, folder / log.name)
        for file in log.iterdir():
            with store.open_output_stream(f"history/eventlogs/{log.name}/{file.name}") as stream:
                stream.write(file.read_bytes())
    signature = shared_access_signature()
    address = f"abfs://{ACCOUNT}@{azure}/history/eventlogs?{urlencode(signature)}&enable_tls=false"
    here, there = Lake(str(tmp_path / "here")), Lake(str(tmp_path / "there"))
    harvest(folder, None, here)
    report = harvest(stores.place(address), None, there)
    assert (report.applications, report.unreadable, report.faulty) == (len(list(folder.iterdir())), [], [])
    assert rows(there) == rows(here)
    assert signature["sig"] not in repr(contents(there)) + repr(report)
    again = harvest(stores.place(address), None, there)
    assert (again.unchanged, again.applications) == (report.found, 0)
