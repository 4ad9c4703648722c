"""The protocol of a language model, independent of the engine that runs it."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from pydantic import BaseModel

from sparkwright.llm.chat import ChatMessage

Answer = TypeVar("Answer", bound=BaseModel)


class LanguageModel(Protocol):
    """A model that holds memory or a process until it is closed; one call at a time.

    ``adapter`` names a LoRA adapter that the engine was given; None asks the base model.
    """

    def score(self, messages: Sequence[ChatMessage], choices: Sequence[str], adapter: str | None = None) -> list[float]:
        """Return the log-likelihood (nat) of each choice as the complete answer, in order.

        Raises:
            EngineError: There is no answer, or none in time.
        """
        ...

    def complete(
        self, messages: Sequence[ChatMessage], shape: type[Answer], max_tokens: int, adapter: str | None = None
    ) -> Answer:
        """Return the answer as an object of ``shape``: decoded within its JSON schema, then validated.

        Raises:
            EngineError: There is no complete answer within ``max_tokens``, none in time, or none of that shape.
        """
        ...

    def write(self, messages: Sequence[ChatMessage], max_tokens: int, adapter: str | None = None) -> Iterator[str]:
        """Yield the answer as free text, piece by piece, decoded greedily; it may end in mid-sentence.

        Raises:
            EngineError: There is no answer, or no end of it in time.
        """
        ...

    def close(self) -> None:
        """Release its resources."""
        ...
