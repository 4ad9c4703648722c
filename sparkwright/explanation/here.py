"""Explain on this machine: by template, or by the base model if the settings ask for it and it was converted."""

from collections.abc import Mapping
from typing import Any

from data_contracts.api.explanation import Explanation
from sparkwright.errors import SparkwrightError
from sparkwright.explanation.by_template import sentences_of
from sparkwright.settings import Settings

MAX_PROMPT_TOKENS = 768


def explain_here(decision: Mapping[str, Any], where: Settings) -> Explanation:
    """Return the explanation of a decision, without converting or downloading anything.

    Raises:
        ServiceError: ``decision`` is neither a diagnosis nor a recommendation.
    """
    if where.explain_with == "template":
        return Explanation(sentences=sentences_of(decision), answered_by="template")
    from sparkwright.explanation.by_model import LIMIT_S, explain
    from sparkwright.llm.base import PACKAGED, check_base

    folder = where.home / "bases" / PACKAGED
    try:
        check_base(folder)
        from sparkwright.llm.in_process import load_in_process

        model = load_in_process(str(folder), {}, max_prompt_tokens=MAX_PROMPT_TOKENS, limit_s=LIMIT_S)
    except (SparkwrightError, ImportError) as error:
        note = f"the template answers: {error}; `sparkwright finetune` converts the base model"
        return Explanation(sentences=sentences_of(decision), answered_by="template", notes=[note])
    return explain(decision, model)
