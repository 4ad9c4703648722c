"""Validate a model's text as the object it should be."""

from pydantic import ValidationError

from sparkwright.errors import EngineError
from sparkwright.llm.engine import Answer


def checked(text: str, shape: type[Answer]) -> Answer:
    """Parse the text into an object of ``shape``.

    Raises:
        EngineError: The text is not JSON of that shape.
    """
    try:
        return shape.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise EngineError(
            f"expected JSON of {shape.__name__}, the model wrote {text[:80]!r}: {where}: {first['msg']}"
        ) from error
