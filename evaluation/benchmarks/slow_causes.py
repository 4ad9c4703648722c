"""How many of the lab's slow faults the detectors find, and how often they cry over runs that are sound.

python -m evaluation.benchmarks.slow_causes [--split train] [--show] [--set min_lost_s.value=2]
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.observation import observe
from evaluation.lab.symptom import Symptom
from evaluation.lab.truth import NO_FAULT, Split, Truth, read_truths
from sparkwright.diagnosis.detectors import SlowCause, Thresholds, find_slow_causes, load_thresholds, read_metrics
from sparkwright.diagnosis.taxonomy import SLOWDOWNS
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake

RECORDED = Path(__file__).parents[2] / "tests" / "fixtures"
CAMPAIGNS = ("campaign", "histories", "faults")
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


SYMPTOMS: dict[str, Symptom] = {
    fault.root_cause: fault.symptom for fault in CATALOGUE.values() if fault.expected_status == "succeeded"
}
"""What shows each slow cause, measured by the lab over single tasks with a reader of its own."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One recorded run, and what the detectors said of it.

    Attributes:
        shown: Causes that nobody injected and whose symptom the lab measures all the same; they count neither way.
    """

    truth: Truth
    found: list[SlowCause]
    shown: frozenset[str]

    @property
    def is_sound(self) -> bool:
        """Whether no fault was injected."""
        return self.truth.root_cause == NO_FAULT

    @property
    def names(self) -> set[str]:
        """What was found and counts."""
        return {cause.cause for cause in self.found} - self.shown


@dataclass(slots=True)
class Scores:
    """Counts over runs, by cause.

    Attributes:
        sound_runs: Runs without a fault.
        sound_alarms: Those of them on which something was said.
        shown_runs: Those of them that show a symptom of the lab's all the same.
    """

    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    sound_runs: int = 0
    sound_alarms: int = 0
    shown_runs: int = 0

    def row(self, cause: str) -> tuple[float, float, float]:
        """Precision, recall and F1 of one cause, 0 where there is nothing to divide by."""
        return _row(self.found[cause], self.missed[cause], self.false[cause])

    @property
    def micro(self) -> tuple[float, float, float]:
        """The same over all causes together."""
        return _row(sum(self.found.values()), sum(self.missed.values()), sum(self.false.values()))


def _row(found: int, missed: int, false: int) -> tuple[float, float, float]:
    precision = found / (found + false) if found + false else 0.0
    recall = found / (found + missed) if found + missed else 0.0
    return precision, recall, 2 * found / (2 * found + missed + false) if found + missed + false else 0.0


def judged_runs(thresholds: Thresholds, recorded: Path = RECORDED) -> list[Judged]:
    """The recorded runs that succeeded, harvested anew: slow ones and sound ones."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            one for campaign in CAMPAIGNS for one in _judged(recorded / campaign, f"{folder}/{campaign}", thresholds)
        ]


def _judged(campaign: Path, lake_uri: str, thresholds: Thresholds) -> Iterator[Judged]:
    harvest(campaign / "eventlogs", None, Lake(lake_uri))
    apps = {app.app_id: app for app in read_metrics(Lake(lake_uri))}
    for truth in read_truths(campaign, purpose="scoring", splits=SPLITS):
        if truth.root_cause in (NO_FAULT, *SLOWDOWNS) and truth.expected_status == "succeeded":
            log = campaign / "eventlogs" / f"eventlog_v2_{truth.app_id}"
            seen = observe(log, campaign / "drivers" / f"{truth.launch_id}.log", 0)
            shown = {cause for cause, symptom in SYMPTOMS.items() if symptom.seen_in(seen)} - {truth.root_cause}
            yield Judged(truth, find_slow_causes(apps[truth.app_id], thresholds), frozenset(shown))


def score(judged: list[Judged]) -> Scores:
    """Counts of what was found, missed and cried; a cause beside the true one is a false alarm."""
    scores = Scores()
    for one in judged:
        names = one.names
        scores.false.update(names - {one.truth.root_cause})
        if one.is_sound:
            scores.sound_runs += 1
            scores.sound_alarms += bool(names)
            scores.shown_runs += bool(one.shown)
        elif one.truth.root_cause in names:
            scores.found[one.truth.root_cause] += 1
        else:
            scores.missed[one.truth.root_cause] += 1
    return scores


def _print(split: str, scores: Scores) -> None:
    print(f"\n{split}\n{'cause':<22}{'found':>6}{'missed':>8}{'false':>7}{'precision':>11}{'recall':>8}{'F1':>6}")
    for cause in SLOWDOWNS:
        if scores.found[cause] + scores.missed[cause] + scores.false[cause]:
            figures = "{:>11.2f}{:>8.2f}{:>6.2f}".format(*scores.row(cause))
            print(f"{cause:<22}{scores.found[cause]:>6}{scores.missed[cause]:>8}{scores.false[cause]:>7}{figures}")
    totals = (sum(scores.found.values()), sum(scores.missed.values()), sum(scores.false.values()))
    print("{:<22}{:>6}{:>8}{:>7}".format("all", *totals) + "{:>11.2f}{:>8.2f}{:>6.2f}".format(*scores.micro))
    print(
        f"sound runs with an alarm: {scores.sound_alarms} of {scores.sound_runs} "
        f"({scores.shown_runs} show a symptom of the lab's)"
    )


def main() -> None:
    """Print the table of each split, and of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=SPLITS, action="append", help="only this one (may be repeated)")
    parser.add_argument("--show", action="store_true", help="say what was found in each run that has a fault or alarm")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="NAME.value=FIGURE")
    args = parser.parse_args()
    judged = judged_runs(load_thresholds(args.overrides))
    splits = args.split or [*SPLITS]
    for split in splits:
        of_split = [one for one in judged if one.truth.split == split]
        _print(split, score(of_split))
        for one in of_split if args.show else []:
            if one.names or not one.is_sound:
                print(f"  {one.truth.root_cause} {one.truth.variant}")
                for cause in one.found:
                    print(f"    {cause.cause} {cause.lost_s:.1f} s; {'; '.join(cause.facts)} {cause.properties or ''}")
    if len(splits) > 1:
        _print("all", score([one for one in judged if one.truth.split in splits]))


if __name__ == "__main__":
    main()
