"""Read the decision log page by page: all of it, or what was written since a moment."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa

from data_contracts.tables import Decision
from sparkwright.feedback.decision_table import DECISION_COLUMNS, DECISIONS

_PAGE_ROWS = 20_000
_COLUMN = DECISIONS.c
_NEVER = sa.literal(datetime.min.replace(tzinfo=UTC), DECISIONS.c.changed_at.type)

Fetch: TypeAlias = Callable[[sa.Select[Any]], Sequence[sa.RowMapping]]
"""Runs a query in a transaction of its own, so that a long reading holds up no writer."""


class Page(NamedTuple):
    """Some decisions of the log.

    Attributes:
        decisions: At least one.
        written_at: When the last of them was written, by its writer's clock.
    """

    decisions: list[Decision]
    written_at: datetime


def log_pages(fetch: Fetch, changed_since: datetime | None) -> Iterator[Page]:
    """Yield the decisions that were written or reported on at or after a moment; all without one.

    What is written meanwhile may be in a later page, or in a second one, or be left to the next reading.
    """
    if changed_since is None:
        yield from _pages(fetch, _COLUMN.decided_at, sa.true())
        return
    yield from _pages(fetch, _COLUMN.changed_at, _COLUMN.changed_at >= changed_since)
    # A service of an earlier version, still running beside this one, leaves the column empty. Written like this because
    # SQLite would look up all empty ones in the column's index, and a log that was migrated is full of them.
    is_empty = sa.func.coalesce(_COLUMN.changed_at, _NEVER, type_=_COLUMN.changed_at.type) == _NEVER
    yield from _pages(fetch, _COLUMN.decided_at, is_empty & (_COLUMN.decided_at >= changed_since))


def _pages(fetch: Fetch, order: sa.Column[datetime], wanted: sa.ColumnElement[bool]) -> Iterator[Page]:
    written_at = sa.func.coalesce(_COLUMN.changed_at, _COLUMN.decided_at, type_=_COLUMN.changed_at.type).label(
        "written_at"
    )
    query = sa.select(*DECISION_COLUMNS, order.label("page_at"), written_at)
    query = query.where(wanted).order_by(order, _COLUMN.decision_id).limit(_PAGE_ROWS)
    rows = fetch(query)
    while rows:
        decisions = [Decision.model_validate({column.name: row[column] for column in DECISION_COLUMNS}) for row in rows]
        yield Page(decisions, max(row["written_at"] for row in rows))
        if len(rows) < _PAGE_ROWS:
            return
        last = sa.tuple_(sa.literal(rows[-1]["page_at"], order.type), sa.literal(decisions[-1].decision_id))
        rows = fetch(query.where(sa.tuple_(order, _COLUMN.decision_id) > last))
