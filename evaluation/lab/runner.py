"""Runs a campaign: one launch after the other, each whole or not at all, and again where it stopped."""

import fcntl
import json
import os
import shutil
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from evaluation.lab import host
from evaluation.lab.agents import acting
from evaluation.lab.campaign import Campaign, Launch, launches
from evaluation.lab.cluster import MACHINE_PROPERTIES, Cluster, cluster, event_log_properties
from evaluation.lab.data import dataset
from evaluation.lab.driver import Session, TimeLimitError, session, submit
from evaluation.lab.observation import observe
from evaluation.lab.proof import proofs
from evaluation.lab.truth import read_truth, write_truth
from evaluation.lab.verdict import judge
from sparkwright.errors import ConfigError

FOLDERS = ("eventlogs", "drivers", "executors", "truth")
State = Literal["verified", "unverified", "timed_out", "skipped"]


@dataclass(frozen=True, slots=True)
class Done:
    """One line of the manifest.

    Attributes:
        state: ``verified``: truth was written; ``skipped``: this machine cannot run it; else why there is none.
        seen: What the logs show.
        event_log: Name of the event log's folder; empty where no application started.
        seconds: Wall time.
    """

    state: State
    root_cause: str
    seen: str
    event_log: str
    seconds: float


class Plan(Protocol):
    """What a folder of runs was made by: a campaign, or another configuration with a name and a seed."""

    @property
    def name(self) -> str:
        """Name of the plan, with which the ids of its launches begin."""

    @property
    def seed(self) -> int:
        """Seed of everything that is drawn."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """The plan as JSON values."""


class Manifest:
    """What a campaign folder holds: ``manifest.json``, rewritten whole after each run."""

    def __init__(self, out: Path, campaign: dict[str, object], done: dict[str, Done]) -> None:
        self._path = out / "manifest.json"
        self._campaign = campaign
        self.done = done

    def hold(self, folder: Path) -> None:
        """Keeps other labs out of the folder for as long as this manifest lives.

        Raises:
            ConfigError: Another lab has it: what it is running would be swept away.
        """
        held = os.open(folder, os.O_RDONLY)
        weakref.finalize(self, os.close, held)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"expected {folder} for this lab alone, another one is running there") from None

    @classmethod
    def read(cls, out: Path) -> Self:
        """The manifest of a campaign folder.

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
        """The manifest of this campaign in ``out``, empty where nothing has run yet.

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

    def verified(self) -> dict[str, Done]:
        """The runs that have a truth."""
        return {launch_id: line for launch_id, line in self.done.items() if line.state == "verified"}

    def outcomes(self) -> dict[str, bool]:
        """Whether a run showed what it was meant to show, of all that this machine could run."""
        return {launch_id: line.state == "verified" for launch_id, line in self.done.items() if line.state != "skipped"}

    def add(self, launch_id: str, line: Done) -> None:
        """Adds one run and writes the file."""
        self.done[launch_id] = line
        runs = {name: asdict(done) for name, done in self.done.items()}
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps({"campaign": self._campaign, "runs": runs}, indent=1) + "\n", encoding="utf-8")
        partial.replace(self._path)


def open_folder(out: Path, plan: Plan) -> Manifest:
    """What ``out`` holds of this plan, without what a killed lab left half done.

    Raises:
        ConfigError: ``out`` holds something else, or another lab runs there.
    """
    for name in FOLDERS:
        (out / name).mkdir(parents=True, exist_ok=True)
    manifest = Manifest.open(out, plan)
    manifest.hold(out)
    sweep(out, manifest)
    return manifest


def run_campaign(
    campaign: Campaign,
    out: Path,
    cache: Path,
    *,
    budget_s: float,
    tell: Callable[[Launch, int, int, Done | None], None],
) -> Manifest:
    """The manifest after every launch that fits into the budget has run; what ran before is not run again.

    Args:
        campaign: What to run.
        out: Campaign folder; see the package's docstring for its layout.
        cache: Folder of the generated inputs.
        budget_s: No launch is begun after this many seconds.
        tell: Called before each launch (``None``) and after it, with its number and how many there are.

    Raises:
        ConfigError: ``out`` holds another campaign.
        MissingProgramError: Java, pyspark or tpchgen-cli is not installed.
    """
    began = time.monotonic()
    manifest = open_folder(out, campaign)
    plan = launches(campaign)
    _write_proofs(plan, manifest, out)
    left = [launch for launch in plan if launch.launch_id not in manifest.done]
    if not left:
        return manifest
    with (
        cluster(
            out / ".cluster",
            cores_count=campaign.worker_cores_count,
            memory_mib=campaign.worker_memory_mib,
            workers_count=campaign.workers_count,
        ) as running,
        session(running) as shared,
    ):
        for launch in left:
            if time.monotonic() - began > budget_s:
                break
            number = plan.index(launch) + 1
            tell(launch, number, len(plan), None)
            data = dataset(launch.inputs, launch.scale, cache)
            line = execute(launch, data, out, running, shared, launch.limit_s or campaign.limit_s)
            manifest.add(launch.launch_id, line)
            _write_proofs([other for other in plan if other.variant == launch.variant], manifest, out)
            tell(launch, number, len(plan), line)
    shutil.rmtree(out / ".cluster", ignore_errors=True)
    return manifest


def execute(launch: Launch, data: Path, out: Path, running: Cluster, shared: Session, limit_s: float) -> Done:
    """Runs one launch beside the campaign folder and moves what it left into it, truth last."""
    stage = out / ".running"
    shutil.rmtree(stage, ignore_errors=True)
    (stage / "eventlogs").mkdir(parents=True)
    host.prepare(running.folder)
    impossible = host.why_not(launch.host, running.folder)
    if impossible:
        return Done("skipped", launch.root_cause, impossible, "", 0.0)
    log, diagnostics = stage / "driver.log", stage / "driver.diagnostics"
    arguments = [word.replace("{data}", str(data.resolve())) for word in launch.arguments]
    properties = {
        name: host.fill(value, running.folder) for name, value in _properties(launch, stage / "eventlogs").items()
    }
    began = time.monotonic()
    try:
        with acting(launch.enforced_by, properties, running.folder / "work", diagnostics):
            if launch.own_submit:
                exit_code = submit(running, launch.script, arguments, properties, log, limit_s, launch.host)
            else:
                exit_code = shared.run(launch.script, arguments, properties, log, limit_s)
    except TimeLimitError as error:
        if launch.enforced_by != "time_limit" or error.exit_code is None:
            return Done("timed_out", launch.root_cause, str(error), "", time.monotonic() - began)
        exit_code = error.exit_code
    seconds = round(time.monotonic() - began, 2)
    event_log = next((stage / "eventlogs").iterdir(), None)
    truth, why_not = judge(launch, observe(event_log, log, exit_code))
    name = event_log.name if event_log is not None else ""
    if event_log is not None:
        event_log.rename(out / "eventlogs" / name)
    log.rename(out / "drivers" / f"{launch.launch_id}.log")
    if diagnostics.exists():
        diagnostics.rename(out / "drivers" / f"{launch.launch_id}.diagnostics")
    (out / "drivers" / f"{launch.launch_id}.exit").write_text(f"{exit_code}\n", encoding="utf-8")
    _keep_executor_logs(running.folder / "work", out / "executors")
    shutil.rmtree(stage)
    if truth is None:
        return Done("unverified", launch.root_cause, why_not, name, seconds)
    write_truth(truth, out / "truth")
    return Done("verified", truth.root_cause, truth.seen, name, seconds)


def _properties(launch: Launch, event_log_dir: Path) -> dict[str, str]:
    executors = launch.executors
    # In local mode tasks run in the driver's heap.
    alone = {} if launch.host == "cluster" else {"spark.driver.memory": f"{executors.memory_mib}m"}
    return {
        "spark.app.name": launch.workload,
        "spark.executor.memory": f"{executors.memory_mib}m",
        "spark.executor.cores": str(executors.cores_count),
        "spark.executor.instances": str(executors.count),
        "spark.cores.max": str(executors.cores_count * executors.count),
        "spark.sql.shuffle.partitions": "8",
        "spark.task.maxFailures": "2",
        **alone,
        **MACHINE_PROPERTIES,
        "spark.sparkwright.workload": launch.workload,
        "spark.sparkwright.origin": "lab",
        "spark.sparkwright.launchId": launch.launch_id,
        **event_log_properties(event_log_dir, launch.metrics),
        **launch.properties,
    }


def _keep_executor_logs(work: Path, kept: Path) -> None:
    """Moves what executors wrote to where the harvest finds it: ``<app id>/<executor id>/stderr``."""
    for log in work.glob("*/*/std*"):
        target = kept / log.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(log, target)


def _write_proofs(plan: Sequence[Launch], manifest: Manifest, out: Path) -> None:
    """Writes into the first truth of each variant what its runs prove together, once they are all in."""
    for first, proof in proofs(plan, manifest.outcomes()):
        file = out / "truth" / f"{first.launch_id}.json"
        if file.exists():
            truth = read_truth(file)
            if truth.proof != proof:
                write_truth(truth.model_copy(update={"proof": proof}), out / "truth")


def sweep(out: Path, manifest: Manifest) -> None:
    """Removes what a killed lab left of a run that is not in the manifest."""
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
