"""The optimisation loop that pretraining and fine-tuning share."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy

from training.lora.checkpoint import Checkpoint

_WARMUP_SHARE = 0.08
_CLIP_NORM = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """One token sequence; only its last ``answer_length`` tokens count in the loss."""

    ids: tuple[int, ...]
    answer_length: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences packed into one: their common beginning once, then the rest of each.

    Questions share their template and their wording, which is half of a short one. There is no padding.

    Attributes:
        input_ids: Token ids, [1, T].
        position_ids: The position of each token in its own sequence, [1, T].
        allowed: Whether a token (row) may attend to another, [T, T]: the common beginning and its own sequence.
        answered_at: Positions whose logits predict the tokens of the answers, [A].
        answers: Those tokens, [A].
    """

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    allowed: torch.Tensor
    answered_at: torch.Tensor
    answers: torch.Tensor


def batches(examples: Sequence[Example], batch_size: int, epochs: int, seed: int) -> Iterator[Batch]:
    """Batches of similar length in random order, ``epochs`` times."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        # Noise on the length changes which examples share a batch from epoch to epoch.
        noise = torch.rand(len(examples), generator=generator)
        order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids) + 8 * float(noise[index]))
        groups = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        for group in torch.randperm(len(groups), generator=generator).tolist():
            yield collate([examples[index] for index in groups[group]])


def collate(examples: Sequence[Example]) -> Batch:
    """Pack the examples into one batch."""
    common = common_length(examples)
    ids = list(examples[0].ids[:common])
    positions = list(range(common))
    owners = [-1] * common
    answered_at: list[int] = []
    answers: list[int] = []
    for number, example in enumerate(examples):
        own = example.ids[common:]
        ids += own
        positions += range(common, common + len(own))
        owners += [number] * len(own)
        answered_at += range(len(ids) - example.answer_length - 1, len(ids) - 1)
        answers += example.ids[-example.answer_length :]
    owner = torch.tensor(owners)
    allowed = ((owner[:, None] == owner) | (owner == -1)).tril()
    return Batch(
        torch.tensor([ids]), torch.tensor([positions]), allowed, torch.tensor(answered_at), torch.tensor(answers)
    )


def common_length(examples: Sequence[Example]) -> int:
    """Number of tokens that all examples begin with; at least one token before each answer is not counted as common."""
    shortest = min(len(example.ids) - example.answer_length for example in examples) - 1
    first = examples[0].ids
    return next(
        (at for at in range(shortest) if any(example.ids[at] != first[at] for example in examples)), max(0, shortest)
    )


def answer_loss(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy over the answers' tokens.

    Logits over the vocabulary are computed only for the answers: for the prompts they would cost more than all else.
    """
    weight = next(model.parameters())
    device = weight.device
    mask = torch.zeros(batch.allowed.shape, dtype=weight.dtype).masked_fill(
        ~batch.allowed, torch.finfo(weight.dtype).min
    )
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        logits = model(
            input_ids=batch.input_ids.to(device),
            attention_mask=mask[None, None].to(device),
            position_ids=batch.position_ids.to(device),
            logits_to_keep=batch.answered_at.to(device),
            use_cache=False,
        ).logits
    return cross_entropy(logits[0].float(), batch.answers.to(device))


def optimise(
    model: torch.nn.Module,
    stream: Iterator[Batch],
    *,
    steps: int,
    learning_rate: float,
    weight_decay: float,
    on_step: Callable[[int, float], None],
    checkpoint: Checkpoint | None = None,
) -> list[float]:
    """Train the model's trainable weights in place; return the loss of every step.

    Args:
        model: A causal language model.
        stream: At least ``steps`` batches.
        steps: Optimiser steps; the schedule is a linear warm-up and a cosine down to a tenth.
        learning_rate: Peak of the schedule.
        weight_decay: AdamW's.
        on_step: Called with the step's number and loss, for a progress bar; also for steps restored from a checkpoint.
        checkpoint: Where the training is saved while it runs, and resumed from; None saves nothing.

    Raises:
        ConfigError: The checkpoint is damaged.
    """
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=learning_rate, betas=(0.9, 0.95), weight_decay=weight_decay)
    warmup = max(1, round(_WARMUP_SHARE * steps))

    def scale(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        return 0.55 + 0.45 * math.cos(math.pi * (step - warmup) / max(1, steps - warmup))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, scale)
    model.train()
    losses: list[float] = []
    kept = checkpoint.read() if checkpoint else None
    if kept is not None:
        for weight, before in zip(weights, kept["weights"], strict=True):
            weight.data.copy_(before)
        optimiser.load_state_dict(kept["optimiser"])
        schedule.load_state_dict(kept["schedule"])
        torch.set_rng_state(kept["dice"])
        losses = list(kept["losses"])
        for step, before in enumerate(losses):
            on_step(step, before)
    for step, batch in zip(range(steps), stream, strict=False):
        if step < len(losses):
            continue
        loss = answer_loss(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, _CLIP_NORM)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(loss.item())
        # Also at the end: scoring and registering, which come next, may be stopped, too.
        if checkpoint and ((step + 1) % checkpoint.every_steps == 0 or step + 1 == steps):
            checkpoint.write(
                {
                    "weights": [weight.detach().cpu() for weight in weights],
                    "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(),
                    "dice": torch.get_rng_state(),
                    "losses": losses,
                }
            )
        on_step(step, losses[-1])
    return losses
