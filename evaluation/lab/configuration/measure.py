"""Run the lab's workloads unchanged and as advised, in consecutive pairs; a run is a row of ``rows.jsonl``."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from evaluation.lab.campaign import Case, Executors, Launch, workload_launch
from evaluation.lab.manifest import Done, Manifest, open_folder
from evaluation.lab.run_session import run_session
from sparkwright.advisor.configuring import run_of_log
from sparkwright.advisor.targets import read_attempt
from sparkwright.config import Config
from sparkwright.configuration.recommend import ConfigAdvice, recommend_config

Arm = Literal["seen", "baseline", "advised"]


class ConfigPlan(Config):
    """Workloads, how often each runs, and what all of them get."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    seed: int
    budget_s: int = Field(gt=0, description="No run is started after this many seconds.")
    limit_s: float = Field(120, gt=0, description="An application that runs longer is stopped.")
    repeats: int = Field(3, ge=1, le=20, description="Pairs of each workload.")
    executors: Executors
    properties: dict[str, str] = Field(
        {}, description="Properties of every run, advised or not: the site's own defaults."
    )
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """One run.

    Attributes:
        case: Workload and scale.
        arm: ``seen`` is the run that the advice is based on.
        repeat: Number of the pair, from 1; 0 for the run that the advice is based on.
        state: ``verified`` if it succeeded.
        seconds: From start to end of the application, by its event log.
        task_cpu_s: Total processor time of its tasks; unlike `seconds`, hardly affected by other load on the machine.
        advised: Advised properties, in every arm.
    """

    case: str
    arm: Arm
    repeat: int
    state: str
    seconds: float
    task_cpu_s: float
    advised: dict[str, str]


Tell = Callable[[ConfigRow], None]


def measure(plan: ConfigPlan, out: Path, cache: Path, *, budget_s: float, tell: Tell) -> list[ConfigRow]:
    """Measure within the budget and return all rows; what ran before is not run again.

    A workload without advice is not run again: both arms would be the same.

    Args:
        plan: What to run.
        out: Folder like a campaign's.
        cache: Folder of the generated inputs.
        budget_s: No run is started after this many seconds.
        tell: Called with each new row.

    Raises:
        ConfigError: ``out`` holds something else.
        MissingProgramError: Java, pyspark or tpchgen-cli is not installed.
    """
    began = time.monotonic()
    manifest = open_folder(out, plan)
    rows = {(row.case, row.arm, row.repeat): row for row in read_rows(out / "rows.jsonl")}
    first = _launch(plan, plan.cases[0], "seen", 0, {})
    heap_mib = plan.executors.memory_mib * plan.executors.count
    cores = plan.executors.cores_count * plan.executors.count
    if all(step in rows or _needless(step, rows) for step in _steps(plan)):
        return list(rows.values())
    with run_session(first, out, manifest, cache, limit_s=plan.limit_s, cores_count=cores, memory_mib=heap_mib) as run:
        for step in _steps(plan):
            if step in rows or _needless(step, rows):
                continue
            if time.monotonic() - began > budget_s:
                break
            case_name, arm, repeat = step
            case = next(case for case in plan.cases if case.name == case_name)
            before = rows.get((case_name, "seen", 0))
            properties = before.advised if before is not None and arm == "advised" else {}
            launch = _launch(plan, case, arm, repeat, properties)
            row = _row(step, _run(launch, manifest, run), out, before)
            rows[step] = row
            _append(out / "rows.jsonl", row)
            tell(row)
    return list(rows.values())


def advise(event_log: Path) -> ConfigAdvice:
    """Return the product's advice after one run, from its event log alone."""
    version, runs, joins = run_of_log(event_log)
    return recommend_config(runs, version, joins=joins)


def read_rows(path: Path) -> list[ConfigRow]:
    """Read the rows of a file, ignoring a last line cut off by a killed run."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(ConfigRow(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


_Step = tuple[str, Arm, int]


def _steps(plan: ConfigPlan) -> Iterator[_Step]:
    """Yield every workload once, then pair after pair of each, in drawn order: no arm always comes second."""
    yield from ((case.name, "seen", 0) for case in plan.cases)
    for repeat in range(1, plan.repeats + 1):
        for case in plan.cases:
            arms: list[Arm] = ["baseline", "advised"]
            random.Random(f"{plan.seed}-{case.name}-{repeat}").shuffle(arms)
            yield from ((case.name, arm, repeat) for arm in arms)


def _needless(step: _Step, rows: Mapping[_Step, ConfigRow]) -> bool:
    before = rows.get((step[0], "seen", 0))
    return step[1] != "seen" and before is not None and not before.advised


def _launch(plan: ConfigPlan, case: Case, arm: Arm, repeat: int, advised: Mapping[str, str]) -> Launch:
    return workload_launch(
        case,
        f"{plan.name}-{case.name}-{repeat:02d}-{arm}",
        plan.executors,
        properties={**plan.properties, **advised},
        metrics="default",
    )


def _run(launch: Launch, manifest: Manifest, run: Callable[[Launch], Done]) -> Done:
    # A killed lab may have recorded the run without writing its row: then do not run it again.
    return manifest.done.get(launch.launch_id) or run(launch)


def _row(step: _Step, done: Done, out: Path, before: ConfigRow | None) -> ConfigRow:
    case, arm, repeat = step
    path = out / "eventlogs" / done.event_log
    attempt = read_attempt(path) if done.event_log else None
    seconds, task_cpu_s, advised = done.seconds, 0.0, dict[str, str]()
    if attempt is not None:
        metrics = attempt.metrics
        if metrics.ended_at is not None:
            seconds = (metrics.ended_at - metrics.started_at) / 1000
        task_cpu_s = sum(stage.executor_cpu_time_ns for stage in metrics.stages) / 1e9
    if before is not None:
        advised = dict(before.advised)
    elif done.event_log:
        advised = advise(path).properties
    return ConfigRow(case, arm, repeat, done.state, seconds, task_cpu_s, advised)


def _append(path: Path, row: ConfigRow) -> None:
    torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * torn + json.dumps(asdict(row)) + "\n")
