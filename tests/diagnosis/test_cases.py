"""The lab's truths as cases: what is only scored on is not handed to training, whatever a file says."""

import json
import shutil
from pathlib import Path

import pytest

from sparkwright.diagnosis.cases import lab_cases
from sparkwright.errors import SplitCrossedError
from sparkwright.held_out import held_out
from sparkwright.lake import Lake

TRUTHS = Path(__file__).parents[1] / "fixtures" / "campaign" / "truth"


def test_a_truth_that_moves_a_held_out_failure_into_training_is_refused(recorded_lake: Lake, tmp_path: Path):
    folder = tmp_path / "truth"
    shutil.copytree(TRUTHS, folder)
    moved = next(path for path in sorted(folder.glob("*.json")) if "crash_killed" in path.name)
    truth = json.loads(moved.read_text(encoding="utf-8"))
    assert truth["variant"] in held_out().variants
    moved.write_text(json.dumps(truth | {"split": "train"}), encoding="utf-8")
    with pytest.raises(SplitCrossedError, match="fault_crash_killed"):
        lab_cases(folder, recorded_lake)
