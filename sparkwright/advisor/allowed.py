"""What an organisation's policies leave of a decision."""

from datetime import datetime
from typing import Protocol

from data_contracts.api.recommendation import Recommendation, RecommendRequest

_HEAPS = ("spark.executor.memory", "spark.driver.memory")


class Policy(Protocol):
    """What an organisation allows.

    Attributes:
        version: Names the rules that were in force; it is kept with each decision.
    """

    version: str

    def apply(
        self, recommendation: Recommendation, request: RecommendRequest, at: datetime, team: str = ""
    ) -> Recommendation:
        """The recommendation that may go out.

        Args:
            recommendation: What would go out.
            request: What it answers.
            at: When it was asked.
            team: Who asks; empty where nobody knows.
        """
        ...


def allowed(
    policy: Policy | None, advised: Recommendation, request: RecommendRequest, at: datetime, team: str
) -> Recommendation:
    """What may go out; without a policy everything.

    Args:
        policy: What is allowed.
        advised: What would go out.
        request: What it answers.
        at: When it was asked.
        team: Who asks; empty where nobody knows.
    """
    if policy is None:
        return advised
    found = policy.apply(advised, request, at, team)
    if any(advised.allocation.get(name) != found.allocation.get(name) for name in _HEAPS):
        # The claim was made for another heap.
        return found.model_copy(update={"risk": None})
    return found
