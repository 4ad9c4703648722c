"""The cases of a fine-tuning as a table that is checked like every table of the lake, and its data card."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from data_contracts.arrow import schema
from data_contracts.tables.corpus import TrainingCase
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.retrieval.words import text_of
from sparkwright.errors import CheckFailed
from training.lora.config import FinetuneConfig

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """Cases that keep their contract.

    Attributes:
        cases: The cases that are used, in their order.
        table: All of them as rows of :class:`data_contracts.tables.corpus.TrainingCase`.
        silent_count: Cases left out because their facts say nothing.
        shared_count: Cases left out of training because a held-out case says the same.
    """

    cases: list[Case]
    table: pa.Table
    silent_count: int
    shared_count: int


def checked(cases: Sequence[Case]) -> Checked:
    """The cases to use, checked by Great Expectations.

    Raises:
        CheckFailed: Rows break the contract; the message names the first broken expectations.
    """
    told = [(case, text_of(case.items)) for case in cases]
    speaking = [(case, text) for case, text in told if text]
    held_out = {text for case, text in speaking if case.split != "train"}
    used = [(case, text) for case, text in speaking if case.split != "train" or text not in held_out]
    columns = {
        "case_id": [case.case_id for case, _ in used],
        "split": [case.split for case, _ in used],
        "origin": [case.origin for case, _ in used],
        "root_cause": [case.root_cause for case, _ in used],
        "fact_count": [len(case.items) for case, _ in used],
        "question": [text for _, text in used],
    }
    table = pa.table(columns, schema=schema(TrainingCase))
    from data_contracts.checks.expectations import check_tables  # seconds to import

    results, _ = check_tables({TrainingCase: table}, None)
    if broken := [one.sentence for one in results[TrainingCase.table] if not one.passed]:
        raise CheckFailed(
            "the training cases break their contract, nothing was trained:\n  " + "\n  ".join(broken[:_SHOWN])
        )
    return Checked([case for case, _ in used], table, len(told) - len(speaking), len(speaking) - len(used))


def data_card(data: Checked, config: FinetuneConfig) -> str:
    """The data card in Markdown: sources and counts of the cases, how they were varied, and what they are not."""
    counts = Counter((case.origin, case.split) for case in data.cases)
    origins = sorted({origin for origin, _ in counts})
    by_cause = Counter(case.root_cause for case in data.cases if case.split == "train")
    rows = [
        f"| {origin} | " + " | ".join(str(counts[origin, split]) for split in ("train", "validation", "test")) + " |"
        for origin in origins
    ]
    rare = ", ".join(f"{cause} ({count})" for cause, count in sorted(by_cause.items(), key=lambda pair: pair[1])[:8])
    pairs = config.pairs
    return "\n".join(
        [
            "# Cases that this troubleshooter learned from and was scored on",
            "",
            "| origin | train | validation | test |",
            "|---|---|---|---|",
            *rows,
            "",
            "* **lab**: failed applications of this project's own lab; its splits separate fault variants.",
            "* **scenario**: modelled on real logs, `training/lora/scenarios.yaml`; each wording is in only one split.",
            "* **thread**: the training split of failures collected from public threads, condensed, and lines as the",
            "  software prints them (`sparkwright/diagnosis/retrieval/known_cases.jsonl`).",
            "* **condition**, **documentation**: error conditions and property documentation of the installed pyspark",
            "  (Apache-2.0), and the taxonomy's own words.",
            "* **site**: what people of this site confirmed, if they did.",
            "",
            f"{len(by_cause)} causes in training, all read equally often; fewest texts: {rare}.",
            "",
            f"Varied while training: {pairs.varied_share:.0%} of the cases, in vendor versions, paths, log formats and",
            "red herrings, never in what the facts spell out (checked by the marks). Words dropped on average:",
            f"{pairs.dropped_share:.0%}. Ids, hosts, paths and sizes are left out of every question. Secrets were",
            "redacted when the facts were harvested.",
            "",
            f"Left out: {data.silent_count} whose facts say nothing, and from training {data.shared_count} with the",
            "words of a held-out case. Checked with Great Expectations against `data_contracts/tables/corpus.py`.",
            "",
            "They are not a sample of what fails in production: the same people wrote scenarios, marks and rules, and",
            "people ask in public about what they do not understand.",
            "",
        ]
    )
