"""Encode chats as token ids. Content stays content: only the template's own control tokens take effect."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_SLOT = re.compile("\ue000([0-9]+)\ue001")


class ChatMessage(TypedDict):
    """One message of a chat; there is no system role, which some chat templates refuse."""

    role: Literal["user", "assistant"]
    content: str


def encode_chat(tokenizer: "PreTrainedTokenizerFast", messages: Sequence[ChatMessage], max_tokens: int) -> list[int]:
    """Return at most ``max_tokens`` token ids of a chat, ready for the assistant's answer.

    Only the template's own control tokens become control tokens: contents are encoded separately with
    ``split_special_tokens``, so a `<|im_end|>` in a log line stays text. Any excess is cut from the last content.
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
            pieces.append(encode_text(tokenizer, messages[int(text)]["content"]))
        else:
            pieces.append(tokenizer(text, add_special_tokens=False)["input_ids"])
    excess = sum(map(len, pieces)) - max_tokens
    if excess > 0:
        pieces[last_content] = pieces[last_content][: max(0, len(pieces[last_content]) - excess)]
    return [token for piece in pieces for token in piece]


def encode_text(tokenizer: "PreTrainedTokenizerFast", text: str) -> list[int]:
    """Return the token ids of plain text; what looks like a control token is encoded as text, too."""
    ids: list[int] = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    return ids
