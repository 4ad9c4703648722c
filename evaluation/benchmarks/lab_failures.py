"""What the lab's failures, slow runs and sound runs are called by the judge that ships, also in other words.

python -m evaluation.benchmarks.lab_failures [--show]

Unseen are the variants of the split test. Each of their recorded failures is asked three times: as Spark 4 told it;
with every fact that alone names the cause exchanged for what another version, vendor or layer prints
(``lab_wordings.yaml``); and so once more, in the reverse order and among lines of sound runs. Rules were mended while
the recordings of all splits lay beside them, so the first flatters; the wordings were written before any was asked.
"""

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import yaml

from data_contracts.api.diagnosis import EvidenceItem
from evaluation.benchmarks.slow_causes import CAMPAIGNS, RECORDED, SPLITS, judged_runs, score
from evaluation.lab.repair.rows import share
from evaluation.lab.truth import NO_FAULT, Split, Truth, read_truths
from sparkwright.advisor.known_application import KnownApplication, look_up
from sparkwright.advisor.local import diagnose_application
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.cases import finer_cause
from sparkwright.diagnosis.detectors import load_thresholds
from sparkwright.diagnosis.taxonomy import NO_FAILURE, UNKNOWN
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake

WORDINGS = Path(__file__).parents[1] / "recordings" / "lab_wordings.yaml"
_HERRINGS = 4
Wording = Sequence[EvidenceItem]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded run, and what is known of it."""

    truth: Truth
    known: KnownApplication

    @property
    def cause(self) -> str:
        """The taxonomy's name of what was made to happen."""
        return finer_cause(self.truth.variant, self.truth.root_cause)

    @property
    def named(self) -> str:
        """The cause that is answered; one of which only the symptom is seen counts as named."""
        return diagnose_application(self.known).root_cause


def recorded_runs(folder: Path = RECORDED) -> Iterator[Recorded]:
    """Every recorded run of the lab, harvested anew."""
    for campaign in CAMPAIGNS:
        with tempfile.TemporaryDirectory() as uri:
            lake = Lake(uri)
            harvest(folder / campaign / "eventlogs", None, lake)
            for truth in read_truths(folder / campaign, purpose="scoring", splits=get_args(Split)):
                yield Recorded(truth, look_up(lake, truth.app_id, None))


def load_wordings(
    file: Path = WORDINGS,
) -> tuple[Mapping[str, Sequence[Sequence[EvidenceItem]]], Sequence[EvidenceItem]]:
    """Other words by cause, and lines of sound runs."""
    content: Mapping[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    wordings = {
        cause: [_facts(one["facts"], one["from"]) for one in found] for cause, found in content["wordings"].items()
    }
    return wordings, _facts(content["herrings"], "a sound run")


def _facts(lines: Sequence[str], source: str) -> list[EvidenceItem]:
    parts = [dict(zip(("kind", "exception_class", "message"), line.split("|", 2), strict=True)) for line in lines]
    return [EvidenceItem.model_validate({"evidence_id": "e0", "source": source} | part) for part in parts]


def reworded(run: Recorded, wording: Wording) -> Recorded:
    """The run with every fact that alone names the cause exchanged for a wording."""
    kept = [item for item in run.known.evidence if rules.diagnose([item]).cause.name != run.cause]
    return _with(run, [*wording, *kept])


def disturbed(run: Recorded, herrings: Wording) -> Recorded:
    """The run in reverse order, with some lines of sound runs strewn in, drawn by its name."""
    dice = random.Random(run.truth.launch_id)
    items = list(reversed(run.known.evidence))
    for one in dice.sample(list(herrings), _HERRINGS):
        items.insert(dice.randint(0, len(items)), one)
    return _with(run, items)


def _with(run: Recorded, items: Sequence[EvidenceItem]) -> Recorded:
    numbered = (item.model_copy(update={"evidence_id": f"e{number}"}) for number, item in enumerate(items, start=1))
    return replace(run, known=replace(run.known, evidence=tuple(numbered)))


def unseen(failures: Sequence[Recorded]) -> dict[str, list[Recorded]]:
    """The failures of unseen variants, by what was done to their words."""
    wordings, herrings = load_wordings()
    as_told = [run for run in failures if run.truth.split == "test"]
    seen: Counter[str] = Counter()
    other = []
    for run in as_told:
        of_cause = wordings[run.cause]
        other.append(reworded(run, of_cause[seen[run.cause] % len(of_cause)]))
        seen[run.cause] += 1  # runs of one cause take its wordings in turn
    return {
        "as Spark 4 told it": as_told,
        "in other words": other,
        "in other words, disturbed": [disturbed(run, herrings) for run in other],
    }


def main() -> None:
    """Print shares with 95% intervals (Wilson), and the bars beside them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="say what was not named right")
    show = parser.parse_args().show
    runs = list(recorded_runs())
    sound = [run for run in runs if run.truth.root_cause == NO_FAULT]
    failures = [run for run in runs if run.truth.expected_status == "failed"]
    for split in SPLITS:
        _print(f"failures of {split}", [run for run in failures if run.truth.split == split], show)
    parts = unseen(failures)
    for title, of_part in parts.items():
        _print(f"unseen variants, {title}", of_part, show)
    _print("unseen variants, all three (bar: 97% of at least 100)", [run for part in parts.values() for run in part])
    called = [run.named not in (NO_FAILURE, UNKNOWN.name) for run in sound]
    print(f"sound runs called a failure (bar: 0 of at least 60): {share(called)}")
    slow = score([one for one in judged_runs(load_thresholds()) if one.truth.split == "test"])
    print(
        f"slow causes of unseen variants: F1 {slow.micro[2]:.2f} (bar: 0.9), {sum(slow.found.values())} found, "
        f"{sum(slow.missed.values())} missed, {sum(slow.false.values())} wrong"
    )
    print(f"sound runs called slow: {slow.sound_alarms} of {slow.sound_runs} of the split test")


def _print(title: str, runs: Sequence[Recorded], show: bool = False) -> None:
    said = [(run, run.named) for run in runs]
    unknown = sum(name == UNKNOWN.name for _, name in said)
    wrong = sum(name not in (run.cause, UNKNOWN.name) for run, name in said)
    print(f"{title}: right {share(name == run.cause for run, name in said)}, unknown {unknown}, wrong {wrong}")
    for run, name in said if show else []:
        if name != run.cause:
            print(f"  {run.truth.launch_id}: {run.cause} named {name}")


if __name__ == "__main__":
    main()
