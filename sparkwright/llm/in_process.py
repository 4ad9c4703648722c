"""A causal language model in this process (Transformers), with LoRA adapters switched at run time."""

import copy
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, MaxTimeCriteria, StoppingCriteriaList

from sparkwright.errors import EngineError, reason
from sparkwright.llm.chat import ChatMessage, encode_chat, encode_text
from sparkwright.llm.checked import checked
from sparkwright.llm.engine import Answer

if TYPE_CHECKING:
    import xgrammar
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

_MAX_CHOICES_AT_ONCE = 32
_HALF_CHARACTER = "\ufffd"


def load_in_process(
    base: str,
    adapters: Mapping[str, Path],
    *,
    max_prompt_tokens: int,
    limit_s: float,
    tokenizer: Path | None = None,
) -> "InProcessModel":
    """Load a model: bfloat16 on a GPU, float32 on a CPU.

    Args:
        base: A folder or a Hugging Face id.
        adapters: Folders of LoRA adapters as peft writes them, by name.
        max_prompt_tokens: Longer prompts are cut.
        limit_s: Time limit of one answer.
        tokenizer: Folder of the tokenizer, if it is not the base's.

    Raises:
        EngineError: The base or an adapter is missing or damaged, or they do not fit each other.
    """
    from safetensors import SafetensorError

    gpu = torch.cuda.is_available()
    try:
        words = AutoTokenizer.from_pretrained(tokenizer or base)
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16 if gpu else torch.float32)
        model = model.to("cuda" if gpu else "cpu")
        for name, folder in adapters.items():
            _add_adapter(model, name, folder)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        told = f"the language model {base} with {', '.join(map(str, adapters.values())) or 'no adapter'}"
        raise EngineError(f"{told} cannot be loaded: {reason(error)}") from error
    if words.chat_template is None:
        raise EngineError(f"expected a chat model (its tokenizer has a chat template), got {base}")
    return InProcessModel(model, words, max_prompt_tokens, limit_s, adapters=tuple(adapters))


class InProcessModel:
    """A model in memory. Calls are serialised: an adapter is switched for the whole model.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer, with a chat template.
        max_prompt_tokens: Longer prompts are cut.
        limit_s: Time limit of one answer.
        adapters: Names of the LoRA adapters added to ``model``, if any.
    """

    def __init__(
        self,
        model: "PreTrainedModel",
        tokenizer: "PreTrainedTokenizerFast",
        max_prompt_tokens: int,
        limit_s: float,
        adapters: Sequence[str] = (),
    ) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self._max_prompt_tokens = max_prompt_tokens
        self._limit_s = limit_s
        self._adapters = frozenset(adapters)
        self._busy = threading.Lock()
        self._compiler: xgrammar.GrammarCompiler | None = None

    def score(self, messages: Sequence[ChatMessage], choices: Sequence[str], adapter: str | None = None) -> list[float]:
        """Return the log-likelihood (nat) of each choice as the complete answer; the question is read only once.

        Raises:
            EngineError: The adapter does not exist, a choice has no token, or time ran out.
        """
        answers = [encode_text(self.tokenizer, choice) for choice in choices]
        if not all(answers):
            raise EngineError("expected choices with at least one token each, got an empty one")
        deadline = time.monotonic() + self._limit_s
        with self._busy, torch.inference_mode():
            self._switch_to(adapter)
            read = self.model(input_ids=self._prompt(messages), use_cache=True, logits_to_keep=1)
            first = read.logits[0, -1].float().log_softmax(-1)
            scores: list[float] = []
            for start in range(0, len(answers), _MAX_CHOICES_AT_ONCE):
                if time.monotonic() > deadline:
                    raise EngineError(f"the model had not read {len(choices)} choices after {self._limit_s:g} s")
                part = answers[start : start + _MAX_CHOICES_AT_ONCE]
                scores += self._scores(part, first, read.past_key_values)
        return scores

    def _scores(self, answers: Sequence[Sequence[int]], first: torch.Tensor, prefix: object) -> list[float]:
        """Return the log-likelihoods of answers after a prefix that has been read."""
        known = copy.deepcopy(prefix)  # further reading changes it
        known.batch_repeat_interleave(len(answers))  # type: ignore[attr-defined]
        longest = max(map(len, answers))
        end = self.tokenizer.eos_token_id
        ids = torch.full((len(answers), longest), end, device=self.model.device)
        # The token that should follow each one; nothing is counted beyond the end of an answer.
        follows = torch.full((len(answers), longest), -1, device=self.model.device)
        for row, answer in enumerate(answers):
            ids[row, : len(answer)] = torch.tensor(answer)
            follows[row, : len(answer)] = torch.tensor([*answer[1:], end])
        # Padding is on the right, where causal attention does not look.
        logits = self.model(input_ids=ids, past_key_values=known, use_cache=True).logits.float().log_softmax(-1)
        told = logits.gather(-1, follows.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        later = torch.where(follows >= 0, told, 0.0).sum(-1)
        scores: list[float] = (first[ids[:, 0]] + later).tolist()
        return scores

    def complete(
        self, messages: Sequence[ChatMessage], shape: type[Answer], max_tokens: int, adapter: str | None = None
    ) -> Answer:
        """Return the answer as an object of ``shape``.

        Raises:
            EngineError: It was not finished within ``max_tokens`` or the time limit, or is not of that shape.
        """
        from xgrammar.contrib.hf import LogitsProcessor

        with self._busy, torch.inference_mode():
            self._switch_to(adapter)
            grammar = self._grammars().compile_json_schema(
                json.dumps(shape.model_json_schema()), any_whitespace=False, separators=(", ", ": ")
            )
            ids = self._prompt(messages)
            output = self.model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=max_tokens,
                do_sample=False,
                pad_token_id=self.tokenizer.pad_token_id,
                eos_token_id=self.tokenizer.eos_token_id,
                # A processor holds the state of one answer: use a new one for each.
                logits_processor=[LogitsProcessor(grammar)],
                stopping_criteria=StoppingCriteriaList([MaxTimeCriteria(self._limit_s)]),
            )
        new = output[0, ids.shape[1] :].tolist()
        if new[-1] != self.tokenizer.eos_token_id:
            raise EngineError(f"the model had no complete answer after {len(new)} tokens (limit {self._limit_s:g} s)")
        return checked(self.tokenizer.decode(new, skip_special_tokens=True), shape)

    def write(self, messages: Sequence[ChatMessage], max_tokens: int, adapter: str | None = None) -> Iterator[str]:
        """Yield the answer as free text, decoded greedily; other calls wait until it ends or is closed.

        Raises:
            EngineError: The text did not end in time.
        """
        deadline = time.monotonic() + self._limit_s
        with self._busy:
            self._switch_to(adapter)
            ids, cache = self._prompt(messages), None
            new: list[int] = []
            told = ""
            while len(new) < max_tokens:
                if time.monotonic() > deadline:
                    raise EngineError(f"the model had not finished its text after {self._limit_s:g} s")
                with torch.inference_mode():
                    read = self.model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
                cache = read.past_key_values
                token = int(read.logits[0, -1].argmax())
                if token == self.tokenizer.eos_token_id:
                    return
                new.append(token)
                ids = torch.tensor([[token]], device=self.model.device)
                text = self.tokenizer.decode(new, skip_special_tokens=True)
                if not text.endswith(_HALF_CHARACTER) and len(text) > len(told):
                    yield text[len(told) :]
                    told = text

    def close(self) -> None:
        """Do nothing: the memory is freed with the object."""

    def _switch_to(self, adapter: str | None) -> None:
        if adapter is not None and adapter not in self._adapters:
            known = ", ".join(sorted(self._adapters)) or "none"
            raise EngineError(f"expected one of the adapters that were loaded ({known}), got {adapter!r}")
        if not self._adapters:
            return
        if adapter is None:
            self.model.disable_adapters()
        else:
            self.model.enable_adapters()
            self.model.set_adapter(adapter)

    def _prompt(self, messages: Sequence[ChatMessage]) -> torch.Tensor:
        ids = encode_chat(self.tokenizer, messages, self._max_prompt_tokens)
        return torch.tensor([ids], device=self.model.device)

    def _grammars(self) -> "xgrammar.GrammarCompiler":
        if self._compiler is None:
            import xgrammar

            vocabulary = xgrammar.TokenizerInfo.from_huggingface(
                self.tokenizer, vocab_size=self.model.config.vocab_size, stop_token_ids=[self.tokenizer.eos_token_id]
            )
            self._compiler = xgrammar.GrammarCompiler(vocabulary)
        return self._compiler


def _add_adapter(model: "PreTrainedModel", name: str, folder: Path) -> None:
    """Add a LoRA adapter to the model.

    Raises:
        EngineError: Its weights do not fit the model's: it was made for another base.
        OSError: It cannot be read.
    """
    from safetensors import safe_open

    with safe_open(folder / "adapter_model.safetensors", framework="pt") as file:
        given = {key.rpartition("base_model.model.")[2]: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    model.load_adapter(str(folder), adapter_name=name)
    wanted = {
        key.replace(f".{name}.", "."): tuple(weight.shape)
        for key, weight in model.named_parameters()
        if f".{name}." in key and "lora_" in key
    }
    # peft initialises missing weights anew, and ignores those that the model has no place for.
    if given != wanted:
        raise EngineError(
            f"expected the adapter in {folder} to fit the base model: {len(given.items() - wanted.items())} of its "
            f"{len(given)} weights have no place there"
        )
