import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from sparkwright.errors import ConfigError
from training.lora.checkpoint import Checkpoint, checkpoint_of
from training.lora.loop import Example, answer_loss, batches, collate, optimise


def _model() -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=40,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    )
    return Qwen2ForCausalLM(config).eval()


def _plain(model: torch.nn.Module, examples: list[Example]) -> torch.Tensor:
    """The same loss as transformers has it, of each sequence alone."""
    total = torch.zeros(())
    for example in examples:
        ids = torch.tensor([example.ids])
        labels = ids.clone()
        labels[:, : -example.answer_length] = -100
        total = total + model(input_ids=ids, labels=labels).loss * example.answer_length
    return total / sum(example.answer_length for example in examples)


@pytest.mark.parametrize(
    "examples",
    [
        [Example(tuple(range(2, 12)), 3), Example(tuple(range(5, 30)), 7)],
        [Example((2, 3, 4, *range(9, 20)), 3), Example((2, 3, 4, *range(5, 30)), 7), Example((2, 3, 4, 8, 9), 1)],
        [Example((2, 3, 4, 5, 6), 2), Example((2, 3, 4, 7, 8, 9), 3)],
        [Example((2, 3, 4, 5, 6), 2), Example((2, 3, 4, 5, 6), 2)],
        [Example((2, 3), 1)],
    ],
    ids=["nothing in common", "a beginning in common", "all of the question", "twice the same", "alone"],
)
def test_loss_and_slopes_of_a_packed_batch_are_those_of_transformers_on_each_sequence(examples: list[Example]) -> None:
    packed, plain = _model(), _model()
    loss = answer_loss(packed, collate(examples))
    expected = _plain(plain, examples)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    expected.backward()
    for one, other in zip(packed.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_the_common_beginning_of_sequences_is_in_a_batch_once() -> None:
    examples = [Example((2, 3, 4, *range(9, 20)), 3), Example((2, 3, 4, *range(5, 30)), 7)]
    assert collate(examples).input_ids.shape[1] == 3 + 11 + 25


def test_every_example_comes_once_in_every_epoch() -> None:
    examples = [Example(tuple(range(length)), 1) for length in range(2, 40)]
    seen = [int(one) for batch in batches(examples, 1, 2, seed=1) for one in [batch.input_ids.shape[1]]]
    assert sorted(seen) == sorted(2 * [len(example.ids) for example in examples])
    answered = [int(one) for batch in batches(examples, 8, 2, seed=1) for one in batch.answers]
    assert sorted(answered) == sorted(2 * [example.ids[-1] for example in examples])


def test_a_stopped_training_resumes_and_ends_where_it_would_have(tmp_path) -> None:
    examples = [Example((2, 3, number % 30 + 4, number % 7 + 4), 1) for number in range(40)]

    def train(model: torch.nn.Module, stop_after: int | None, checkpoint: Checkpoint | None) -> list[float]:
        def on_step(step: int, loss: float) -> None:
            if step == stop_after:
                raise KeyboardInterrupt

        return optimise(
            model,
            batches(examples, 4, 1, seed=3),
            steps=10,
            learning_rate=0.01,
            weight_decay=0.0,
            on_step=on_step,
            checkpoint=checkpoint,
        )

    whole, parts = _model(), _model()
    expected = train(whole, None, None)
    checkpoint = checkpoint_of(tmp_path, "the same", (one.ids for one in examples), every_steps=3)
    with pytest.raises(KeyboardInterrupt):
        train(parts, 7, checkpoint)
    fresh = _model()  # another process: nothing but the file is left
    assert train(fresh, None, checkpoint) == pytest.approx(expected)
    for one, other in zip(whole.parameters(), fresh.parameters(), strict=True):
        torch.testing.assert_close(one, other)
    again = _model()  # stopped after the last step: nothing is trained twice
    assert train(again, None, checkpoint) == pytest.approx(expected)
    torch.testing.assert_close(again.lm_head.weight, whole.lm_head.weight)
    assert checkpoint_of(tmp_path, "other", (one.ids for one in examples), 3).read() is None
    assert checkpoint_of(tmp_path, "the same", [(1, 2)], 3).read() is None
    checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:100])
    with pytest.raises(ConfigError, match="remove it to start over"):
        checkpoint.read()
