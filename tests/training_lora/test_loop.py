import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from training.lora.loop import Example, answer_loss, batches, collate


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


def test_the_loss_of_a_padded_batch_is_that_of_transformers_on_each_sequence() -> None:
    model = _model()
    examples = [Example(tuple(range(2, 12)), 3), Example(tuple(range(5, 30)), 7)]
    expected = []
    for example in examples:
        ids = torch.tensor([example.ids])
        labels = ids.clone()
        labels[:, : -example.answer_length] = -100
        expected.append(model(input_ids=ids, labels=labels).loss * example.answer_length)
    with torch.no_grad():
        loss = answer_loss(model, collate(examples, pad_id=0))
    torch.testing.assert_close(loss, sum(expected) / 10)


def test_every_example_comes_once_in_every_epoch() -> None:
    examples = [Example(tuple([7] * length), 1) for length in range(2, 40)]
    seen = [
        int(length) for batch in batches(examples, 8, 2, pad_id=0, seed=1) for length in batch.attention_mask.sum(dim=1)
    ]
    assert sorted(seen) == sorted(2 * [len(example.ids) for example in examples])
