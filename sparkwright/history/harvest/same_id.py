"""Two runs under one application id: copies that somebody edited, clusters that restarted their numbering.

Start and user distinguish them. The first one harvested keeps the id; each other one gets it with a suffix of eight
digits, a hash of start and user, that is the same in every harvest.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa

from data_contracts.tables import Application
from sparkwright.history.harvest.rows import ApplicationRows

_DIGITS = 8
_MAX_LENGTH = 256


class RunOf(NamedTuple):
    """Who ran it, and when it started."""

    started_at: datetime
    user_name: str

    def named(self, app_id: str) -> str:
        """The id with a suffix that distinguishes this run from another with the same id."""
        digest = hashlib.sha256(f"{self.started_at.isoformat()} {self.user_name}".encode()).hexdigest()[:_DIGITS]
        return f"{app_id[: _MAX_LENGTH - _DIGITS - 1]}~{digest}"


def run_of(app: Application) -> RunOf:
    """What distinguishes the application from another one with its id."""
    return RunOf(app.started_at, app.user_name)


def renamed(rows: ApplicationRows, app_id: str) -> ApplicationRows:
    """The rows of an application under another id."""

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
