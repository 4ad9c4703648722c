"""Many recommendations in one request: each question is answered on its own."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from data_contracts.problem import Problem
from data_contracts.recommendation import Recommendation, RecommendRequest

MAX_QUESTIONS = 100


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecommendBatchRequest(_Part):
    """Several launches; the limits of one body hold for all of them together."""

    requests: Annotated[
        list[Annotated[RecommendRequest | Any, Field(union_mode="left_to_right")]],
        Field(
            min_length=1,
            max_length=MAX_QUESTIONS,
            description="Each as `/v1/recommend` takes it; one that is not is answered with its problem.",
        ),
    ]


class BatchedRecommendation(_Part):
    """The answer to one question: a recommendation, or why there is none."""

    recommendation: Recommendation | None = None
    problem: Annotated[
        Problem | None,
        Field(description="As `/v1/recommend` would answer; pointers lead into the body of the batch."),
    ] = None


class RecommendBatchAnswer(_Part):
    """One answer for each question, in their order."""

    answers: list[BatchedRecommendation]
