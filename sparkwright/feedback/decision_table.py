"""The table of the decision log: the columns of :class:`data_contracts.tables.Decision`, and when a row changed."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from data_contracts.arrow import may_be_missing
from data_contracts.row import column_of, primary_key
from data_contracts.tables import Decision


class _Utc(sa.TypeDecorator[datetime]):
    """A moment, stored in UTC without its zone: SQLite has no time zones."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


_SQL_TYPE: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "utc": _Utc,
    "flag": sa.Boolean,
    "probability": sa.Float,
} | dict.fromkeys(("count", "bytes"), sa.BigInteger)


def _decision_table() -> sa.Table:
    keys = primary_key(Decision)
    return sa.Table(
        Decision.table,
        sa.MetaData(),
        *(
            sa.Column(
                name,
                sa.String(64) if name in keys else _SQL_TYPE.get(column_of(field).unit, sa.Text),
                primary_key=name in keys,
                nullable=may_be_missing(field.annotation),
                index=name in {"decided_at", "workload_id"},
            )
            for name, field in Decision.model_fields.items()
        ),
        sa.Column("changed_at", _Utc, nullable=True, index=True),
        sa.Index("ix_decisions_launch", "workload_id", "launch_id", "attempt", unique=True),
    )


DECISIONS = _decision_table()
DECISION_COLUMNS = [column for column in DECISIONS.c if column.name in Decision.model_fields]


def changed_now() -> dict[str, datetime]:
    """Return ``changed_at`` for a row that is about to be written; earlier versions leave it empty."""
    return {"changed_at": datetime.now(UTC)}
