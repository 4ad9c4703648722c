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
        inputs: Kind of input (:mod:`evaluation.lab.data`).
        split: Where all its runs belong, so that no workload is both learned from and scored on.
        arguments: What follows the input folder.
    """

    script: Path
    inputs: str
    split: Split
    arguments: tuple[str, ...] = ()


def _tpch(query: str, split: Split) -> Workload:
    return Workload(JOBS / "tpch.py", "tpch", split, (query,))


WORKLOADS: dict[str, Workload] = {
    "tpch_q01": _tpch("q01", "train"),
    "tpch_q03": _tpch("q03", "train"),
    "tpch_q05": _tpch("q05", "validation"),
    "tpch_q13": _tpch("q13", "train"),
    "tpch_q18": _tpch("q18", "train"),
    "tpch_q21": _tpch("q21", "test"),
    "sort": Workload(JOBS / "sort.py", "tpch", "train"),
    "broadcast_join": Workload(JOBS / "broadcast_join.py", "tpch", "validation"),
    "kmeans": Workload(JOBS / "kmeans.py", "tpch", "train"),
    "word_count": Workload(JOBS / "word_count.py", "text", "train"),
    "distinct_sessions": Workload(JOBS / "distinct_sessions.py", "clicks", "train"),
    "skewed_join": Workload(JOBS / "skewed_join.py", "clicks", "test"),
    "pagerank": Workload(JOBS / "pagerank.py", "clicks", "validation"),
    "pandas_outliers": Workload(JOBS / "pandas_outliers.py", "clicks", "train"),
    # The heap of these grows with the input: at small memory they die.
    "user_histories": Workload(JOBS / "user_histories.py", "clicks", "train"),
    "exact_percentiles": Workload(JOBS / "exact_percentiles.py", "clicks", "train"),
    "bucket_reports": Workload(JOBS / "bucket_reports.py", "clicks", "test"),
    "hash_join": Workload(JOBS / "hash_join.py", "clicks", "train"),
    "json_ingest": Workload(JOBS / "json_ingest.py", "documents", "test"),
}
