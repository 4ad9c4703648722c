"""A decision in plain language for the command line: the service words it, or this host by template."""

import json
import shutil
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from sparkwright.errors import ServiceError
from sparkwright.explanation.by_template import sentences_of

_WIDE = 110


def explained(decision: Mapping[str, Any], ask: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """The explanation as JSON of :class:`data_contracts.api.explanation.Explanation`.

    Args:
        decision: JSON of a diagnosis or a recommendation.
        ask: Sends a request to ``/v1/explain``; where it raises ServiceError, the template answers here.

    Raises:
        ServiceError: ``decision`` is neither.
    """
    kind = "diagnosis" if "root_cause" in decision else "recommendation"
    try:
        return ask({kind: dict(decision)})
    except ServiceError as error:
        note = f"the template answers: {error}"
        return {"sentences": sentences_of(decision), "answered_by": "template", "notes": [note]}


def show_explanation(explanation: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the sentences and who answered.

    Raises:
        ServiceError: It is no explanation.
    """
    if as_json:
        print(json.dumps(explanation, indent=2))
        return
    try:
        sentences, by, notes = explanation["sentences"], explanation["answered_by"], explanation.get("notes", [])
        width = min(_WIDE, max(40, shutil.get_terminal_size((80, 24)).columns))
        lines = [line for one in sentences for line in textwrap.wrap(one, width, break_long_words=False)]
        print("\n".join([*lines, f"(explained by {by})", *(f"Note: {one}" for one in notes)]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ServiceError(
            f"expected the explanation of a Sparkwright service, got {json.dumps(explanation)[:80]}: {error!r}"
        ) from error
