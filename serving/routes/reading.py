"""What a person or a page reads: decisions, workloads, applications, the report. Nothing here decides or writes.

The lake is read anew for each question, off the event loop and by few at a time: a recommendation never waits for it.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, HTTPException, Query

from data_contracts.api.listing import ApplicationList, ListedDecision, WorkloadDetail, WorkloadList
from data_contracts.api.report import Filters, Report
from data_contracts.tables import Application
from serving.gateway.asking import WhoAsks, sees_decision
from serving.gateway.problems import responses
from sparkwright.access.caller import Caller
from sparkwright.errors import ConfigError, DecisionLogError, LakeError
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake
from sparkwright.prices import load_prices
from sparkwright.report.build import build_report
from sparkwright.report.command import moment
from sparkwright.report.listings.applications import list_applications
from sparkwright.report.listings.decisions import listed_decisions
from sparkwright.report.listings.workloads import list_workloads, runs_of_workload
from sparkwright.report.not_applied.fates import not_applied
from sparkwright.report.reading import reading_of
from sparkwright.report.tables import Sees, read_tables
from sparkwright.settings import settings

T = TypeVar("T")

_AT_ONCE = 2
_RETRY_S = 2
_reading = asyncio.Semaphore(_AT_ONCE)

router = APIRouter(
    prefix="/v1",
    tags=["reading"],
    responses=responses(
        s404="There is no such thing.",
        s422="A parameter breaks its contract.",
        s503="The lake or the decision log cannot be read, or too many read already.",
    ),
)

Limit = Annotated[int, Query(ge=1, le=1000, description="Most entries.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Entries to leave out first.")]
# A day that there is, of 1900 to 2199: what fits the pattern is read, so that the OpenAPI document tells all of it.
_DAY = (
    r"(?:19|20|21)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    r"|(?:0[13578]|1[02])-31)|(?:19|20|21)(?:0[48]|[2468][048]|[13579][26])-02-29|2000-02-29"
)
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?"
_MOMENT = f"^(?:[0-9]{{1,5}}[hdw]|(?:{_DAY})(?:{_TIME})?)$"
Since = Annotated[
    str | None,
    Query(pattern=_MOMENT, description="2026-11-01, 2026-11-01T06:00, with Z or +01:00, or 14d, 36h, 2w ago."),
]
WorkloadPart = Annotated[str | None, Query(max_length=256, description="The workload's id, or a part of ids.")]
Sort = Literal["started", "duration", "memory", "waste", "workload", "status", "id"]


@cache
def _lake() -> Lake:
    return Lake(settings().lake_uri)


@cache
def _log() -> DecisionLog:
    return DecisionLog(settings().decision_log_url)


@router.get("/decisions/{decision_id}")
async def decision(decision_id: str, caller: WhoAsks) -> ListedDecision:
    """A decision as it was answered, and what became of it."""

    def read() -> ListedDecision | None:
        found = _log().find(decision_id)
        if found is None or not sees_decision(caller, found):
            return None
        return listed_decisions(_lake(), [found], found.workload_id)[0]

    found = await _read(read)
    if found is None:
        raise HTTPException(404, f"expected the id of a decision made here, got {decision_id[:64]!r}")
    return found


@router.get("/workloads")
async def workloads(
    caller: WhoAsks, containing: WorkloadPart = None, limit: Limit = 100, offset: Offset = 0
) -> WorkloadList:
    """The workloads that have runs, the one that ran last first."""
    found = await _read(lambda: list_workloads(_lake(), containing=containing, sees=_limit(caller)))
    return WorkloadList(workloads=found[offset : offset + limit], total_count=len(found))


@router.get("/workloads/{workload_id:path}")
async def workload(workload_id: str, caller: WhoAsks, limit: Limit = 20) -> WorkloadDetail:
    """A workload with its last runs and decisions, newest first."""

    def read() -> WorkloadDetail:
        counted, runs = runs_of_workload(_lake(), workload_id, sees=_limit(caller))
        decided = [one for one in _log().last_of(workload_id, limit) if sees_decision(caller, one)]
        decisions = listed_decisions(_lake(), decided, workload_id)
        return WorkloadDetail(workload=counted, runs=runs[:limit], decisions=decisions)

    found = await _read(read)
    if found.workload is None and not found.decisions:
        raise HTTPException(404, f"expected the id of a workload (GET /v1/workloads), got {workload_id[:256]!r}")
    return found


@router.get("/applications")
async def applications(
    caller: WhoAsks,
    status: Literal["succeeded", "failed", "unknown"] | None = None,
    workload: WorkloadPart = None,
    since: Since = None,
    sort: Sort = "started",
    limit: Limit = 100,
    offset: Offset = 0,
) -> ApplicationList:
    """The applications of the lake with status, cause and waste."""
    earliest = _moment(since)
    found = await _read(
        lambda: list_applications(
            _lake(), status=status, workload=workload, since=earliest, sort=sort, sees=_limit(caller)
        )
    )
    return ApplicationList(applications=found[offset : offset + limit], total_count=len(found))


@router.get("/report")
async def report(
    caller: WhoAsks,
    since: Since = None,
    workload: WorkloadPart = None,
    group_by: Annotated[str | None, Query(max_length=256, description="`user`, `queue` or a tag.")] = None,
) -> Report:
    """What the lake says of waste, sizing, failures and slow runs: ``sparkwright report --json`` over HTTP."""
    earliest = _moment(since)

    def read() -> Report | None:
        if not _lake().exists(Application):
            return None
        tables = read_tables(_lake(), since=earliest, workload=workload, sees=_limit(caller))
        prices = load_prices(settings().prices)
        return build_report(
            tables,
            source="the lake of this service",
            reading=reading_of(None, tables),
            prices=prices,
            not_applied=not_applied(_lake(), tables.applications, prices, sees=_limit(caller)),
            filters=Filters(since=earliest, workload=workload, group_by=group_by),
        )

    found = await _read(read)
    if found is None:
        raise HTTPException(404, "expected applications in the lake, found none: `sparkwright harvest` fills it")
    return found


def _limit(caller: Caller) -> Sees | None:
    return caller.sees if caller.is_limited else None


def _moment(since: str | None) -> datetime | None:
    try:
        return moment(since, datetime.now(UTC)) if since else None
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error


async def _read(read: Callable[[], T]) -> T:
    """What was read, in a thread; 503 where the places for readers are taken."""
    if _reading.locked():
        raise HTTPException(
            503, f"{_AT_ONCE} readers are at work already: ask again", headers={"Retry-After": str(_RETRY_S)}
        )
    async with _reading:
        try:
            return await asyncio.to_thread(read)
        except (LakeError, DecisionLogError) as error:
            raise HTTPException(503, str(error)) from error
