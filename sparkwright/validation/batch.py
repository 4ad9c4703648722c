"""Batches: what was harvested since the last validation that accepted one, and what that batch looked like.

Harvest and validation take turns: what a harvest writes during a validation may have a moment before the last one of
the batch. Its rows are checked nevertheless, but belong to no batch.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from data_contracts.arrow import schema
from data_contracts.checks.drift import ColumnProfile, profiles_from_json, profiles_to_json
from data_contracts.row import Row, primary_key
from data_contracts.tables import AcceptedBatch, Application, Quarantined
from sparkwright.config import Config
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class DriftConfig(Config):
    """How far runs may drift from the last accepted batch."""

    max_divergence: float = Field(gt=0, description="Divergence beyond what chance explains.")
    min_run_count: int = Field(ge=2, description="Minimum number of runs, then and now, for a comparison.")
    stops: bool = Field(description="Whether drift stops the pipeline.")


class ValidationConfig(Config):
    """What a validation accepts (``sparkwright/validation/validation.yaml``)."""

    max_bad_share: float = Field(ge=0, le=1, description="Maximum share of bad rows in a table's batch.")
    tolerated_bad_rows: int = Field(ge=0, description="Bad rows that are always accepted, however small the batch.")
    drift: DriftConfig

    def allowed_bad_rows(self, row_count: int) -> int:
        """How many of ``row_count`` rows may be bad."""
        return max(self.tolerated_bad_rows, int(self.max_bad_share * row_count))


@dataclass(frozen=True, slots=True)
class Batch:
    """The applications that no validation has accepted yet.

    Attributes:
        since: Moment of the last validation that accepted a batch.
        applications: Their keys.
        last_harvested_at: When the last of them was harvested; that of the previous batch if there are none.
        reference: Distribution of the runs of the last batch with enough runs; None before the first.
        reference_at: Last harvest of that batch: runs since then are compared with it.
    """

    since: datetime
    applications: pa.Table
    last_harvested_at: datetime
    reference: Mapping[str, ColumnProfile] | None
    reference_at: datetime

    def rows_of_batch(self, row_type: type[Row], table: pa.Table) -> set[int]:
        """Positions in ``table`` of rows of the batch's applications; all rows if they belong to no application."""
        if row_type is not Application and row_type.belongs_to is not Application:
            return set(range(table.num_rows))
        return _positions(table, self.applications)


def next_batch(lake: Lake) -> Batch:
    """The batch that the next validation judges.

    Raises:
        LakeError: A table cannot be read.
    """
    before = rows_of(AcceptedBatch, lake.read(AcceptedBatch)) if lake.exists(AcceptedBatch) else []
    last = max(before, key=lambda batch: batch.accepted_at, default=None)
    told = max((batch for batch in before if batch.profile_json), key=lambda batch: batch.accepted_at, default=None)
    harvested_to = last.last_harvested_at if last else _LONG_AGO
    fresh = harvested_since(lake, harvested_to)
    return Batch(
        since=last.accepted_at if last else _LONG_AGO,
        applications=fresh.select(primary_key(Application)),
        last_harvested_at=pc.max(fresh["harvested_at"]).as_py() or harvested_to,
        reference=profiles_from_json(told.profile_json) if told and told.profile_json else None,
        reference_at=told.last_harvested_at if told else _LONG_AGO,
    )


def harvested_since(lake: Lake, moment: datetime) -> pa.Table:
    """Keys and harvest times of the applications that were harvested after ``moment``."""
    columns = [*primary_key(Application), "harvested_at"]
    if not lake.exists(Application):
        return schema(Application).empty_table().select(columns)
    table = lake.read(Application, columns=columns)
    return table.filter(pc.greater(table["harvested_at"], pa.scalar(moment, pa.timestamp("us", "UTC"))))


def of_applications(table: pa.Table, applications: pa.Table) -> pa.Table:
    """The rows of ``table`` that belong to ``applications``."""
    return table.take(pa.array(sorted(_positions(table, applications)), pa.int64()))


def rejected_since(lake: Lake, moment: datetime) -> dict[str, int]:
    """How many rows of each table the harvest has set aside since ``moment``."""
    if not lake.exists(Quarantined):
        return {}
    table = lake.read(Quarantined, columns=["table_name", "harvested_at"])
    table = table.filter(pc.greater(table["harvested_at"], pa.scalar(moment, pa.timestamp("us", "UTC"))))
    counts = table["table_name"].drop_null().value_counts()
    return {row["values"]: row["counts"] for row in counts.to_pylist()}


def accept(
    lake: Lake,
    batch: Batch,
    tables: Sequence[type[Row]],
    *,
    bad_row_count: int,
    profile: Mapping[str, ColumnProfile] | None,
) -> None:
    """Record that the batch passed; ``profile``, if given, becomes the reference."""
    accepted = AcceptedBatch(
        accepted_at=datetime.now(UTC),
        last_harvested_at=batch.last_harvested_at,
        application_count=batch.applications.num_rows,
        bad_row_count=bad_row_count,
        versions_json=json.dumps({row_type.table: lake.version(row_type) for row_type in tables}),
        profile_json=profiles_to_json(profile) if profile else None,
    )
    lake.merge(AcceptedBatch, [accepted])


def _positions(table: pa.Table, applications: pa.Table) -> set[int]:
    key = primary_key(Application)
    numbered = table.select(key).append_column("position", pa.array(range(table.num_rows), pa.int64()))
    return set(numbered.join(applications.select(key), key, join_type="left semi")["position"].to_pylist())
