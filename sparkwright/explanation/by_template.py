"""Explain any decision by template. Standard library only: a launch host has nothing else."""

from collections.abc import Mapping
from typing import Any

from sparkwright.errors import ServiceError
from sparkwright.explanation.grounding import ungrounded
from sparkwright.explanation.template import explain_diagnosis, explain_recommendation


def sentences_of(decision: Mapping[str, Any]) -> list[str]:
    """Return the explanation of a diagnosis or a recommendation.

    Ungrounded sentences are dropped; the template produces them only if a decision contradicts itself.

    Args:
        decision: JSON of a :class:`data_contracts.api.diagnosis.Diagnosis` or a
            :class:`data_contracts.api.recommendation.Recommendation`.

    Raises:
        ServiceError: It is neither.
    """
    try:
        told = explain_diagnosis(decision) if "root_cause" in decision else explain_recommendation(decision)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ServiceError(
            f"expected a diagnosis or a recommendation of a Sparkwright service to explain, got "
            f"{str(decision)[:80]} ({type(error).__name__}: {error})"
        ) from error
    return [one for one in told if not ungrounded(one, decision)]
