"""The recurring workloads of the lab: script, input, and which split their runs belong to."""

from dataclasses import dataclass
from pathlib import Path

from evaluation.lab.truth import Split

JOBS = Path(__file__).with_name("jobs")


@dataclass(frozen=True, slots=True)
class Workload:
    """One recurring workload.

    Attributes:
        script: Script for spark-submit; takes the input folder and then ``arguments``.
        inputs: Kind of input (:mod:`evaluation.lab.data`).
        split: Split of all its runs, so that no workload is used both for learning and for scoring; those of the test
            split are listed in ``sparkwright/held_out.yaml``, which training respects.
        scales: Small, medium, large: input sizes at which a run takes seconds on two cores.
        arguments: Arguments after the input folder.
    """

    script: Path
    inputs: str
    split: Split
    scales: tuple[float, float, float]
    arguments: tuple[str, ...] = ()


def _tpch(query: str, split: Split) -> Workload:
    return Workload(JOBS / "tpch.py", "tpch", split, _TPCH_SCALES, (query,))


def _job(name: str, inputs: str, split: Split, scales: tuple[float, float, float]) -> Workload:
    return Workload(JOBS / f"{name}.py", inputs, split, scales)


_TPCH_SCALES = (0.05, 0.1, 0.2)
_CLICKS_SCALES = (0.05, 0.1, 0.2)
_HEAP_SCALES = (0.03, 0.05, 0.1)
_WIDE_SCALES = (0.02, 0.04, 0.08)
_MESSAGES_SCALES = (0.1, 0.2, 0.3)


WORKLOADS: dict[str, Workload] = {
    "tpch_q01": _tpch("q01", "train"),
    "tpch_q03": _tpch("q03", "train"),
    "tpch_q05": _tpch("q05", "validation"),
    "tpch_q13": _tpch("q13", "train"),
    "tpch_q18": _tpch("q18", "train"),
    "tpch_q21": _tpch("q21", "test"),
    "sort": _job("sort", "tpch", "train", _TPCH_SCALES),
    "broadcast_join": _job("broadcast_join", "tpch", "validation", _TPCH_SCALES),
    "kmeans": _job("kmeans", "tpch", "train", _TPCH_SCALES),
    "logistic_regression": _job("logistic_regression", "tpch", "validation", _TPCH_SCALES),
    "word_count": _job("word_count", "text", "train", _TPCH_SCALES),
    "distinct_sessions": _job("distinct_sessions", "clicks", "train", _CLICKS_SCALES),
    "skewed_join": _job("skewed_join", "clicks", "test", _CLICKS_SCALES),
    "window_sessions": _job("window_sessions", "clicks", "train", _CLICKS_SCALES),
    "pagerank": _job("pagerank", "clicks", "validation", _CLICKS_SCALES),
    "als": _job("als", "clicks", "test", _HEAP_SCALES),
    "pandas_outliers": _job("pandas_outliers", "clicks", "train", _CLICKS_SCALES),
    "micro_batches": _job("micro_batches", "clicks", "train", _CLICKS_SCALES),
    "wide_scan": _job("wide_scan", "wide", "train", _WIDE_SCALES),
    # The needed heap of these grows with the input: with little memory they die, or redo work.
    "cached_report": _job("cached_report", "clicks", "train", _CLICKS_SCALES),
    "wide_export": _job("wide_export", "wide", "validation", _WIDE_SCALES),
    "user_histories": _job("user_histories", "clicks", "train", _HEAP_SCALES),
    "exact_percentiles": _job("exact_percentiles", "clicks", "train", _HEAP_SCALES),
    "bucket_reports": _job("bucket_reports", "clicks", "test", _HEAP_SCALES),
    "hash_join": _job("hash_join", "clicks", "train", _HEAP_SCALES),
    "json_ingest": _job("json_ingest", "documents", "test", (0.06, 0.12, 0.24)),
    # Much memory for little work: cheap enough for the oracle to run hundreds of times.
    "thread_digests": _job("thread_digests", "messages", "train", _MESSAGES_SCALES),
    "thread_export": _job("thread_export", "messages", "validation", _MESSAGES_SCALES),
    "sorted_threads": _job("sorted_threads", "messages", "train", _MESSAGES_SCALES),
    "thread_maps": _job("thread_maps", "messages", "validation", _MESSAGES_SCALES),
    "reply_join": _job("reply_join", "messages", "train", _MESSAGES_SCALES),
    "archive_checksums": _job("archive_checksums", "archives", "train", (0.2, 0.3, 0.45)),
    "log_lines": _job("log_lines", "logs", "train", (0.1, 0.2, 0.3)),
    "meter_calendar": _job("meter_calendar", "meters", "validation", (0.2, 0.3, 0.5)),
}
