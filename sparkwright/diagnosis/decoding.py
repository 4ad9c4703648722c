"""The one decoding path of the troubleshooter: chat to tokens, greedy, inside a grammar.

Training scores its model with it and serving answers with it, so they cannot drift apart.
"""

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from transformers import MaxTimeCriteria, StoppingCriteriaList

from sparkwright.diagnosis.prompt import ChatMessage, Prompt
from sparkwright.errors import EngineError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

MAX_ANSWER_TOKENS = 64
"""The longest answer of the schema has about 90 characters; no tokenizer needs one token for each."""

_SLOT = re.compile("\ue000([0-9]+)\ue001")


class Decoder:
    """An engine over a model in memory."""

    def __init__(
        self, model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerFast", max_prompt_tokens: int, limit_s: float
    ) -> None:
        import xgrammar

        self._model = model.eval()
        self._tokenizer = tokenizer
        self._max_prompt_tokens = max_prompt_tokens
        self._limit_s = limit_s
        vocabulary = xgrammar.TokenizerInfo.from_huggingface(
            tokenizer, vocab_size=model.config.vocab_size, stop_token_ids=[tokenizer.eos_token_id]
        )
        self._compiler = xgrammar.GrammarCompiler(vocabulary)

    def complete(self, prompt: Prompt) -> str:
        """The model's answer: JSON of the prompt's schema.

        Raises:
            EngineError: The answer was not finished within the limit of time.
        """
        from xgrammar.contrib.hf import LogitsProcessor

        grammar = self._compiler.compile_json_schema(
            json.dumps(prompt.answer_schema), any_whitespace=False, separators=(", ", ": ")
        )
        ids = torch.tensor(
            [encode_chat(self._tokenizer, prompt.messages, self._max_prompt_tokens)], device=self._model.device
        )
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=MAX_ANSWER_TOKENS,
                do_sample=False,
                pad_token_id=self._tokenizer.pad_token_id,
                eos_token_id=self._tokenizer.eos_token_id,
                # A processor carries the state of one answer: a new one for each.
                logits_processor=[LogitsProcessor(grammar)],
                stopping_criteria=StoppingCriteriaList([MaxTimeCriteria(self._limit_s)]),
            )
        new = output[0, ids.shape[1] :].tolist()
        if new[-1] != self._tokenizer.eos_token_id:
            raise EngineError(f"the model had no whole answer after {len(new)} tokens (limit {self._limit_s:g} s)")
        return str(self._tokenizer.decode(new, skip_special_tokens=True))


def encode_chat(tokenizer: "PreTrainedTokenizerFast", messages: Sequence[ChatMessage], max_tokens: int) -> list[int]:
    """Token ids of a chat, ready for the assistant's answer, at most ``max_tokens`` of them.

    Only the template's own control tokens become control tokens: contents are encoded apart from it with
    ``split_special_tokens``, so a `<|im_end|>` in a log line stays text. What is too long is cut from the last content.
    """
    slots: list[ChatMessage] = [
        {"role": message["role"], "content": f"\ue000{position}\ue001"} for position, message in enumerate(messages)
    ]
    template = tokenizer.apply_chat_template(slots, tokenize=False, add_generation_prompt=True)
    pieces: list[list[int]] = []
    last_content = 0
    # A split by one group alternates between the template's text and the number of the slot.
    for position, text in enumerate(_SLOT.split(template)):
        if position % 2:
            last_content = len(pieces)
            content = messages[int(text)]["content"]
            pieces.append(tokenizer(content, add_special_tokens=False, split_special_tokens=True)["input_ids"])
        else:
            pieces.append(tokenizer(text, add_special_tokens=False)["input_ids"])
    excess = sum(map(len, pieces)) - max_tokens
    if excess > 0:
        pieces[last_content] = pieces[last_content][: max(0, len(pieces[last_content]) - excess)]
    return [token for piece in pieces for token in piece]
