"""What harvest and validation remember: what was read, what was set aside, what was accepted."""

from typing import ClassVar

from data_contracts.column import Key, Meta
from data_contracts.fields import batch as b
from data_contracts.fields import execution as e
from data_contracts.fields import identity as i
from data_contracts.row import Row


class Source(Row):
    """One event log that was read, so that it is not read again until it or the files around it change."""

    table: ClassVar[str] = "sources"

    source_path: Key[i.SourcePath]
    size_bytes: Meta[e.SizeBytes]
    modified_at_ns: Meta[e.ModifiedAtNs]
    app_id: Meta[i.AppId | None]
    launch_id: Meta[i.LaunchId | None] = None
    cluster_id: Meta[i.ClusterId | None] = None
    awaited_until_at: Meta[e.AwaitedUntilAt | None] = None
    harvested_at: Meta[i.HarvestedAt]


class Quarantined(Row):
    """Something set aside, with the reason: a file, a line, or a row that broke an expectation."""

    table: ClassVar[str] = "quarantine"

    source_path: Key[i.SourcePath]
    offset_bytes: Key[e.OffsetBytes]
    reason: Key[e.QuarantineReason]
    table_name: Meta[e.QuarantinedTableName | None] = None
    row_json: Meta[e.QuarantinedRowJson | None]
    harvested_at: Meta[i.HarvestedAt]


class AcceptedBatch(Row):
    """One validation that accepted new applications: where the next batch starts, and what it is compared with."""

    table: ClassVar[str] = "accepted_batches"

    accepted_at: Key[i.AcceptedAt]
    last_harvested_at: Meta[i.HarvestedAt]
    application_count: Meta[b.ApplicationCount]
    bad_row_count: Meta[b.BadRowCount]
    versions_json: Meta[b.VersionsJson]
    profile_json: Meta[b.ProfileJson | None]
