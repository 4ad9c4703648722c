"""Several recommendations in one request, each answered independently."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from data_contracts.api.problem import Problem
from data_contracts.api.recommendation import Recommendation, RecommendRequest

MAX_QUESTIONS = 100


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecommendBatchRequest(_Part):
    """Several launches; the limits of a request body apply to all of them together."""

    requests: Annotated[
        list[Annotated[RecommendRequest | Any, Field(union_mode="left_to_right")]],
        Field(
            min_length=1,
            max_length=MAX_QUESTIONS,
            description="Each as `/v1/recommend` takes it; an invalid one is answered with its problem.",
        ),
    ]


class BatchedRecommendation(_Part):
    """The answer to one request: a recommendation, or why there is none."""

    recommendation: Recommendation | None = None
    problem: Annotated[
        Problem | None,
        Field(description="As `/v1/recommend` would answer; pointers refer to the body of the batch."),
    ] = None


class RecommendBatchAnswer(_Part):
    """One answer per request, in order."""

    answers: list[BatchedRecommendation]
