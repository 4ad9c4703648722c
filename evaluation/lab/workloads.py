"""The recurring workloads of the lab: script, input, and which split their runs belong to."""

from dataclasses import dataclass
from pathlib import Path

from evaluation.lab.truth import Split

JOBS = Path(__file__).with_name("jobs")


@dataclass(frozen=True, slots=True)
class Workload:
    """One recurring workload.

    Attributes:
        script: For spark-submit; takes the input folder and then ``arguments``.
        arguments: What follows the input folder.
        inputs: Kind of input (:mod:`evaluation.lab.data`).
        split: Where all its runs belong, so that no workload is learned from and scored on.
    """

    script: Path
    arguments: tuple[str, ...]
    inputs: str
    split: Split


def _tpch(query: str, split: Split) -> Workload:
    return Workload(JOBS / "tpch.py", (query,), "tpch", split)


WORKLOADS: dict[str, Workload] = {
    "tpch_q01": _tpch("q01", "train"),
    "tpch_q03": _tpch("q03", "train"),
    "word_count": Workload(JOBS / "word_count.py", (), "text", "train"),
}
