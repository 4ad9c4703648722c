"""Many questions in one request: each is decided as one alone would be, and answered or refused on its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from fastapi import HTTPException
from pydantic import ValidationError

from data_contracts.api.batch import BatchedRecommendation, RecommendBatchAnswer
from data_contracts.api.recommendation import Recommendation, RecommendRequest
from serving.gateway.problems import broken_contract, problem_of

AT_ONCE = 16
"""Questions of one batch that are open at once: as many as are decided in one call; launchers come in between."""

logger = logging.getLogger("bentoml.sparkwright.batching")


async def answer_each(
    questions: Sequence[RecommendRequest | Any], decide: Callable[[RecommendRequest], Awaitable[Recommendation]]
) -> RecommendBatchAnswer:
    """One answer for each question, in their order.

    Args:
        questions: What is none is answered with what is wrong with it.
        decide: Decides on one; an HTTPException becomes the answer to that question alone.
    """
    answers = [BatchedRecommendation()] * len(questions)
    waiting = iter(enumerate(questions))

    async def work(waiting: Iterator[tuple[int, RecommendRequest | Any]]) -> None:
        for number, question in waiting:
            answers[number] = await _answer(number, question, decide)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, len(questions))):
            group.create_task(work(waiting))
    return RecommendBatchAnswer(answers=answers)


async def _answer(
    number: int, question: RecommendRequest | Any, decide: Callable[[RecommendRequest], Awaitable[Recommendation]]
) -> BatchedRecommendation:
    try:
        request = RecommendRequest.model_validate(question)
    except ValidationError as error:
        return BatchedRecommendation(problem=broken_contract(error.errors(), ("body", "requests", number)))
    try:
        return BatchedRecommendation(recommendation=await decide(request))
    except HTTPException as refused:
        return BatchedRecommendation(problem=problem_of(refused.status_code, str(refused.detail)))
    # Whatever one question brings about must not touch the answers to others.
    except Exception:
        logger.exception("Question %d of a batch failed", number)
        return BatchedRecommendation(problem=problem_of(500, "the service failed; its log says why"))
