"""Run trials and read their outcomes from the event logs, which are all that is kept."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from evaluation.lab.campaign import Case
from evaluation.lab.consumed import consumed
from evaluation.lab.manifest import Done, open_folder
from evaluation.lab.oracle.plan import OraclePlan, Trial
from evaluation.lab.oracle.search import Evidence, Outcome
from evaluation.lab.run_session import run_session


def outcome(launch_id: str, done: Done, out: Path) -> Outcome:
    """Return how one launch of an oracle ended.

    The times compared are processor time plus garbage collection. Waiting for a processor that another program uses
    says nothing about memory, but looks the same in wall time.
    """
    trial = Trial.of(launch_id)
    if done.state != "verified":
        return Outcome(trial, "other")
    if done.root_cause != "none":
        return Outcome(trial, "oom")
    used = consumed(out / "eventlogs" / done.event_log)
    return Outcome(trial, "good", used.cpu_ms + used.gc_ms, used.run_ms)


class Measurement:
    """A folder of runs of a plan.

    Args:
        plan: What to measure.
        out: The folder; it may hold earlier runs of the plan.

    Raises:
        ConfigError: ``out`` holds something else.
    """

    def __init__(self, plan: OraclePlan, out: Path) -> None:
        self.plan, self.out = plan, out
        self.manifest = open_folder(out, plan)
        self._outcomes: dict[Case, list[Outcome]] = {case: [] for case in plan.cases}
        for launch_id, done in self.manifest.done.items():
            for case in plan.cases:
                if launch_id.startswith(f"{plan.name}-{case.name}-r"):
                    self._outcomes[case].append(outcome(launch_id, done, out))

    def evidence(self, case: Case) -> Evidence:
        """Return what is known of a case."""
        return Evidence(self.plan, case, self._outcomes[case])

    def logs(self, case: Case) -> Iterator[tuple[Trial, Path]]:
        """Yield the event logs of a case's good runs."""
        for launch_id, done in self.manifest.done.items():
            if launch_id.startswith(f"{self.plan.name}-{case.name}-r") and done.root_cause == "none" and done.event_log:
                yield Trial.of(launch_id), self.out / "eventlogs" / done.event_log

    def run(self, cache: Path, *, budget_s: float, tell: Callable[[Case, Evidence, Outcome], None]) -> None:
        """Run what is left, case by case, as far as the budget goes.

        Args:
            cache: Folder of the generated inputs.
            budget_s: No run is started after this many seconds.
            tell: Called after each run.

        Raises:
            MissingProgramError: Java, pyspark or tpchgen-cli is not installed.
        """
        began = time.monotonic()
        left = [case for case in self.plan.cases if self.evidence(case).next_trial()]
        if not left:
            return
        first = Trial(0, self.plan.grid.generous_mib).launch(self.plan, left[0])
        with run_session(
            first,
            self.out,
            self.manifest,
            cache,
            limit_s=self.plan.limit_s,
            cores_count=1,
            memory_mib=max(self.plan.grid.generous_mib, *self.plan.grid.heaps_mib),
        ) as run:
            for case in left:
                while time.monotonic() - began < budget_s and (trial := self.evidence(case).next_trial()):
                    launch = trial.launch(self.plan, case)
                    self._outcomes[case].append(outcome(launch.launch_id, run(launch), self.out))
                    tell(case, self.evidence(case), self._outcomes[case][-1])
