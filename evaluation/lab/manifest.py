"""The manifest of a folder of runs, which contains nothing that is not in it."""

import fcntl
import json
import os
import shutil
import weakref
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from sparkwright.errors import ConfigError

FOLDERS = ("eventlogs", "drivers", "executors", "truth")
State = Literal["verified", "unverified", "timed_out", "skipped"]


@dataclass(frozen=True, slots=True)
class Done:
    """One line of the manifest.

    Attributes:
        state: ``verified``: truth was written; ``skipped``: this machine cannot run it; else why there is no truth.
        seen: What the logs show.
        event_log: Name of the event log's folder; empty if no application started.
        seconds: Wall time.
    """

    state: State
    root_cause: str
    seen: str
    event_log: str
    seconds: float


class Plan(Protocol):
    """What produced a folder of runs: a campaign, or another configuration with a name and a seed."""

    @property
    def name(self) -> str:
        """Name of the plan, the prefix of its launch ids."""

    @property
    def seed(self) -> int:
        """Seed of all random draws."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """Return the plan as JSON values."""


class Manifest:
    """The contents of a campaign folder: ``manifest.json``, rewritten as a whole after each run."""

    def __init__(self, out: Path, campaign: dict[str, Any], done: dict[str, Done]) -> None:
        self._path = out / "manifest.json"
        self._campaign = campaign
        self.done = done

    def hold(self, folder: Path) -> None:
        """Keep other labs out of the folder for as long as this manifest lives.

        Raises:
            ConfigError: Another lab is using it: its current run would be deleted.
        """
        held = os.open(folder, os.O_RDONLY)
        weakref.finalize(self, os.close, held)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"expected {folder} for this lab alone, another one is running there") from None

    @classmethod
    def read(cls, out: Path) -> Self:
        """Read the manifest of a campaign folder.

        Raises:
            ConfigError: There is none, or it is not one of the lab's.
        """
        try:
            kept = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
            return cls(out, kept["campaign"], {launch_id: Done(**line) for launch_id, line in kept["runs"].items()})
        except FileNotFoundError:
            raise ConfigError(f"expected a campaign folder with a manifest.json, found none in {out}") from None
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"expected a manifest of the lab in {out / 'manifest.json'}: {error}") from error

    @classmethod
    def open(cls, out: Path, campaign: Plan) -> Self:
        """Open the manifest of this campaign in ``out``, empty if nothing has run yet.

        Raises:
            ConfigError: ``out`` holds another campaign.
        """
        wanted = campaign.model_dump(mode="json")
        if not (out / "manifest.json").exists():
            return cls(out, wanted, {})
        kept = cls.read(out)
        for key in ("name", "seed"):
            if kept._campaign.get(key) != wanted[key]:
                raise ConfigError(
                    f"expected {out} to hold the campaign {campaign.name} with seed {campaign.seed}, found {key} "
                    f"{kept._campaign.get(key)!r}; choose another --out"
                )
        return cls(out, wanted, kept.done)

    @property
    def proves(self) -> bool:
        """Whether faults are repeated, so that a fault's first run alone is not enough."""
        return bool(self._campaign.get("proofs", 0) > 1)

    def outcomes(self) -> dict[str, bool]:
        """Whether each run that this machine could make showed what it was meant to."""
        return {launch_id: line.state == "verified" for launch_id, line in self.done.items() if line.state != "skipped"}

    def add(self, launch_id: str, line: Done) -> None:
        """Add one run and write the file."""
        self.done[launch_id] = line
        self.write()

    def forget(self, launch_ids: Iterable[str]) -> None:
        """Remove runs, so that they run again."""
        for launch_id in launch_ids:
            self.done.pop(launch_id, None)
        self.write()

    def write(self) -> None:
        """Write the file atomically."""
        runs = {name: asdict(done) for name, done in self.done.items()}
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps({"campaign": self._campaign, "runs": runs}, indent=1) + "\n", encoding="utf-8")
        partial.replace(self._path)


def open_folder(out: Path, plan: Plan) -> Manifest:
    """Open ``out`` for this plan, and remove what a killed lab left half done.

    Raises:
        ConfigError: ``out`` holds something else, or another lab runs there.
    """
    if not (out / "manifest.json").exists():
        strange = next((name for name in FOLDERS if (out / name).is_dir() and any((out / name).iterdir())), None)
        if strange is not None:
            raise ConfigError(
                f"expected an empty folder or a campaign's in {out}, found files in {strange} and no manifest.json: "
                "the lab would sweep them away; choose another --out"
            )
    for name in FOLDERS:
        (out / name).mkdir(parents=True, exist_ok=True)
    manifest = Manifest.open(out, plan)
    manifest.hold(out)
    if not (out / "manifest.json").exists():
        manifest.write()
    sweep(out, manifest)
    return manifest


def sweep(out: Path, manifest: Manifest) -> None:
    """Remove what a killed lab left of a run that is not in the manifest."""
    shutil.rmtree(out / ".running", ignore_errors=True)
    event_logs = {line.event_log for line in manifest.done.values()}
    for folder in (out / "eventlogs").iterdir():
        if folder.name not in event_logs:
            shutil.rmtree(folder)
    for file in [*(out / "drivers").iterdir(), *(out / "truth").iterdir()]:
        if file.stem not in manifest.done:
            file.unlink()
    for folder in (out / "executors").iterdir():
        if f"eventlog_v2_{folder.name}" not in event_logs:
            shutil.rmtree(folder)
