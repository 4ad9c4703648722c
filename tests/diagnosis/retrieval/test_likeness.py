"""What failures are compared by: their words, and the indexes over them."""

import numpy as np
import pytest

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis.retrieval.corpus import Document, corpus, shipped_documents
from sparkwright.diagnosis.retrieval.lexical import LexicalIndex
from sparkwright.diagnosis.retrieval.words import text_of, words_of
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN


def item(message: str, exception_class: str = "", kind: str = "driver_log") -> EvidenceItem:
    return EvidenceItem(evidence_id="e1", kind=kind, source="x", exception_class=exception_class, message=message)


def test_two_runs_of_one_failure_say_the_same() -> None:
    one = item("Lost executor 7 on ip-10-0-3-9.internal:38113: container_1700000000001_0042_01_000008 exit code: 137")
    other = item("Lost executor 12 on node-4.internal:40001: container_1700000000777_0001_02_000003 exit code: 137")
    assert words_of(text_of([one])) == words_of(text_of([other]))
    assert "exitcode137" in words_of(text_of([one]))


def test_stack_frames_are_no_words_and_composed_names_are_known_by_their_parts() -> None:
    text = text_of([item("KryoException: Buffer overflow\n\tat com.acme.ledger.Booking.post(Booking.scala:12)")])
    assert "booking" not in words_of(text)
    assert {"kryoexception", "kryo", "buffer", "overflow"} <= set(words_of(text))


def test_no_fact_no_text() -> None:
    assert text_of([]) == ""


def test_the_text_that_says_most_of_it_scores_best_and_scores_are_shares() -> None:
    documents = [Document("disk_full", "No space left on device"), Document("cast_error", "cannot be cast to BIGINT")]
    index = LexicalIndex(documents)
    scores = index.scores("java.io.IOException: No space left on device (errno)")
    assert scores[0] > scores[1] == 0
    assert scores.max() <= 1
    assert np.isclose(index.scores("No space left on device")[0], 1.0)
    assert not index.scores("xyzzy").any()
    assert not index.scores("").any()


def test_words_that_no_text_says_make_a_failure_unlike_them_all() -> None:
    index = LexicalIndex(
        [Document("gc", "the old generation is full"), Document("disk_full", "No space left on device")]
    )
    assert index.scores("full").max() > 2 * index.scores("the moon is full of strange acme cheese").max() > 0


def test_everything_that_ships_is_about_causes_of_the_taxonomy() -> None:
    assert shipped_documents()
    assert {one.cause for one in corpus()} == set(ROOT_CAUSES) - {UNKNOWN.name}
    assert all(one.text for one in corpus())


@pytest.mark.parametrize("words", ["http://", "https://"])
def test_known_cases_hold_no_address_of_anybody(words: str) -> None:
    assert not [one.text for one in shipped_documents() if words in one.text]
