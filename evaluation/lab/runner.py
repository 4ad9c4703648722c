"""Run a campaign: one launch after another, each recorded completely or not at all, resuming where it stopped."""

import shutil
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from data_contracts.properties import provenance
from evaluation.lab import host
from evaluation.lab.agents import acting
from evaluation.lab.campaign import Campaign, Launch, launches
from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.cluster import MACHINE_PROPERTIES, Cluster, cluster, event_log_properties
from evaluation.lab.data import dataset
from evaluation.lab.driver import Session, TimeLimitError, session, submit
from evaluation.lab.manifest import Done, Manifest, open_folder, sweep
from evaluation.lab.observation import observe
from evaluation.lab.proof import proofs
from evaluation.lab.truth import read_truth, write_truth
from evaluation.lab.verdict import judge

_STOPPED = 137  # exit code of a driver that was killed


def run_campaign(
    campaign: Campaign,
    out: Path,
    cache: Path,
    *,
    budget_s: float,
    tell: Callable[[Launch, int, int, Done | None], None],
    again: Collection[str] = (),
) -> Manifest:
    """Run every launch that fits into the budget and return the manifest; what ran before is not run again.

    Args:
        campaign: What to run.
        out: Campaign folder; see the package's docstring for its layout.
        cache: Folder of the generated inputs.
        budget_s: No launch is started after this many seconds.
        tell: Called before each launch (``None``) and after it, with its number and the total.
        again: Faults and workloads whose earlier runs are discarded: they were changed, or the machine failed.

    Raises:
        ConfigError: ``out`` holds another campaign.
        MissingProgramError: Java, pyspark or tpchgen-cli is not installed.
    """
    began = time.monotonic()
    manifest = open_folder(out, campaign)
    plan = launches(campaign)
    if again:
        manifest.forget(launch.launch_id for launch in plan if launch.variant in again)
        sweep(out, manifest)
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
    """Run one launch outside the campaign folder and move its results into it, truth last."""
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
    timed_out = ""
    try:
        with acting(launch.enforced_by, properties, running.folder / "work", diagnostics):
            if launch.own_submit:
                script = _neutral(launch, stage)
                exit_code = submit(running, script, arguments, properties, log, limit_s, launch.host)
            else:
                exit_code = shared.run(launch.script, arguments, properties, log, limit_s)
    except TimeLimitError as error:
        exit_code = error.exit_code if error.exit_code is not None else _STOPPED
        timed_out = "" if launch.enforced_by == "time_limit" and error.exit_code is not None else str(error)
    seconds = round(time.monotonic() - began, 2)
    event_log = next((stage / "eventlogs").iterdir(), None)
    name = event_log.name if event_log is not None else ""
    if event_log is not None:
        event_log.rename(out / "eventlogs" / name)
    log.rename(out / "drivers" / f"{launch.launch_id}.log")
    if diagnostics.exists():
        diagnostics.rename(out / "drivers" / f"{launch.launch_id}.diagnostics")
    (out / "drivers" / f"{launch.launch_id}.exit").write_text(f"{exit_code}\n", encoding="utf-8")
    _keep_executor_logs(running.folder / "work", out / "executors")
    shutil.rmtree(stage)
    if timed_out:
        return Done("timed_out", launch.root_cause, timed_out, name, seconds)
    return _judged(launch, out, name, seconds)


def _judged(launch: Launch, out: Path, event_log: str, seconds: float) -> Done:
    """Judge a run by its logs in the campaign folder; write its truth, or remove it."""
    log = out / "drivers" / f"{launch.launch_id}.log"
    exit_code = int(log.with_suffix(".exit").read_text(encoding="utf-8"))
    truth, why_not = judge(launch, observe(out / "eventlogs" / event_log if event_log else None, log, exit_code))
    if truth is None:
        (out / "truth" / f"{launch.launch_id}.json").unlink(missing_ok=True)
        return Done("unverified", launch.root_cause, why_not, event_log, seconds)
    write_truth(truth, out / "truth")
    return Done("verified", truth.root_cause, truth.seen, event_log, seconds)


def judge_again(campaign: Campaign, out: Path) -> Manifest:
    """Judge every ended run again from its logs, with the lab's current knowledge, and return the manifest.

    Raises:
        ConfigError: ``out`` holds no campaign, or another one.
    """
    Manifest.read(out)  # raises: opening would create a missing folder
    manifest = open_folder(out, campaign)
    plan = launches(campaign)
    for launch in plan:
        line = manifest.done.get(launch.launch_id)
        if line is not None and line.state in ("verified", "unverified"):
            manifest.add(launch.launch_id, _judged(launch, out, line.event_log, line.seconds))
    _write_proofs(plan, manifest, out)
    return manifest


def _neutral(launch: Launch, stage: Path) -> Path:
    """Copy the script to a neutral name: tracebacks and call sites must not reveal what it is about to break."""
    if launch.variant not in CATALOGUE:
        return launch.script
    return Path(shutil.copy(launch.script, stage / "job.py"))


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
        provenance.WORKLOAD: launch.workload,
        provenance.ORIGIN: "lab",
        provenance.LAUNCH_ID: launch.launch_id,
        **event_log_properties(event_log_dir, launch.metrics),
        **launch.properties,
    }


def _keep_executor_logs(work: Path, kept: Path) -> None:
    """Move executors' output to where the harvest finds it: ``<app id>/<executor id>/stderr``."""
    for log in work.glob("*/*/std*"):
        target = kept / log.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(log, target)


def _write_proofs(plan: Sequence[Launch], manifest: Manifest, out: Path) -> None:
    """Write into the first truth of each variant what its runs prove together, once they are complete."""
    for first, proof in proofs(plan, manifest.outcomes()):
        file = out / "truth" / f"{first.launch_id}.json"
        if file.exists():
            truth = read_truth(file)
            if truth.proof != proof:
                write_truth(truth.model_copy(update={"proof": proof}), out / "truth")
