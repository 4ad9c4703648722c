from collections import Counter
from pathlib import Path

import pytest

from sparkwright.config import load_config
from sparkwright.llm.chat import encode_text
from tests.support.tuned_troubleshooter import Tuned
from training.lora.adapter import load_base
from training.lora.config import FinetuneConfig
from training.lora.loop import batches
from training.lora.pairs import noise_items, scenario_cases
from training.lora.sampling import examples_for
from training.lora.sources import learnable

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "lora.yaml"
BATCH = 8


@pytest.fixture
def drawn(tuned: Tuned):
    tokenizer = load_base(str(tuned.folder / "base")).tokenizer
    cases = learnable(scenario_cases("train", 2, 0.0, 1))
    pairs = load_config(FinetuneConfig, CONFIG, []).pairs

    def draw(train_tokens: int, seed: int = 1):
        return examples_for(tokenizer, cases, noise_items(1), pairs, train_tokens, BATCH, seed)

    return tokenizer, cases, draw


def test_a_training_reads_as_many_tokens_as_its_budget(drawn) -> None:
    _, _, draw = drawn
    for budget in (2_000, 12_000):
        read = sum(batch.input_ids.shape[1] for batch in batches(draw(budget), BATCH, 1, seed=1))
        assert read == pytest.approx(budget, rel=0.1)


def test_every_cause_is_read_as_often_as_any_other(drawn) -> None:
    tokenizer, cases, draw = drawn
    answers = Counter(tokenizer.decode(one.ids[-one.answer_length : -1]) for one in draw(20_000))
    assert set(answers) == {case.root_cause.replace("_", " ") for case in cases}
    assert max(answers.values()) - min(answers.values()) <= 1


def test_the_answer_is_the_name_of_the_cause_and_the_end(drawn) -> None:
    tokenizer, cases, draw = drawn
    names = {tuple(encode_text(tokenizer, case.root_cause.replace("_", " "))) for case in cases}
    for one in draw(3_000):
        *answer, end = one.ids[-one.answer_length :]
        assert tuple(answer) in names
        assert end == tokenizer.eos_token_id


def test_the_same_seed_draws_the_same_and_another_one_others(drawn) -> None:
    _, _, draw = drawn
    assert draw(3_000) == draw(3_000)
    assert draw(3_000) != draw(3_000, seed=2)
