"""Two runs under one application id: copies that somebody edited, clusters whose numbering began anew.

Start and user tell them apart. The first one that was harvested keeps the id; each other gets it with eight digits of
start and user behind it, the same in every harvest.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa

from data_contracts.tables import Application
from sparkwright.history.rows import ApplicationRows

_DIGITS = 8
_MAX_LENGTH = 256


class RunOf(NamedTuple):
    """Whose run it was, and when it began."""

    started_at: datetime
    user_name: str

    def named(self, app_id: str) -> str:
        """The id with what tells this run from another one that bears it."""
        digest = hashlib.sha256(f"{self.started_at.isoformat()} {self.user_name}".encode()).hexdigest()[:_DIGITS]
        return f"{app_id[: _MAX_LENGTH - _DIGITS - 1]}~{digest}"


def run_of(app: Application) -> RunOf:
    """What tells the application from another one under its id."""
    return RunOf(app.started_at, app.user_name)


def renamed(rows: ApplicationRows, app_id: str) -> ApplicationRows:
    """The same rows of an application under another id."""

    def column(batch: pa.RecordBatch) -> pa.RecordBatch:
        position = batch.schema.get_field_index("app_id")
        values = pa.array([app_id] * batch.num_rows, batch.schema.field(position).type)
        return batch.set_column(position, batch.schema.field(position), values)

    change = {"app_id": app_id}
    return ApplicationRows(
        application=rows.application and rows.application.model_copy(update=change),
        batches={row_type: column(batch) for row_type, batch in rows.batches.items()},
        run=rows.run and rows.run.model_copy(update=change),
        evidence=[row.model_copy(update=change) for row in rows.evidence],
        rejected=rows.rejected,
    )
