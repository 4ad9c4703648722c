"""What a language model must be able to do for a diagnosis, whoever runs it."""

from typing import Protocol

from sparkwright.diagnosis.prompt import Prompt


class Engine(Protocol):
    """Runs a troubleshooter model."""

    def complete(self, prompt: Prompt) -> str:
        """The model's raw answer to one prompt: text that should be JSON of ``prompt.answer_schema``.

        Raises:
            EngineError: There is no answer, or none in time.
        """
        ...
