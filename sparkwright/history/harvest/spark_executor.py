"""The part of a harvest on a Spark cluster that executors run: sources in, one Arrow row per source out, back to rows.

Executors import this module, so it and all its imports need only httpx, msgspec, pyarrow, pydantic and zstandard.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pyarrow as pa

from data_contracts.arrow import schema
from data_contracts.row import Row
from sparkwright.errors import UnreachableError
from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.read import Harvested, harvest_source
from sparkwright.history.harvest.rows import BATCHED, ApplicationRows
from sparkwright.history.sources.log_files import LogSource

ANSWER = pa.schema(
    [
        ("number", pa.int32()),
        ("event_count", pa.int64()),
        ("unreadable", pa.bool_()),
        ("is_foreign", pa.bool_()),
        ("faults", pa.map_(pa.string(), pa.string())),
        ("rows", pa.map_(pa.string(), pa.binary())),
    ]
)
"""One source: its number, the fields of :class:`Harvested`, and its rows of each kind as an Arrow stream."""

ANSWER_DDL = (
    "number int, event_count long, unreadable boolean, is_foreign boolean, faults map<string, string>, "
    "rows map<string, binary>"
)

Task = list[tuple[int, LogSource]]


def read_task(
    batches: Iterator[pa.RecordBatch], config: ContextConfig, folders: Sequence[Path]
) -> Iterator[pa.RecordBatch]:
    """Yield the answer for every source of the pickled tasks in the first column.

    Raises:
        UnreachableError: One of ``folders``, which the committing process sees, does not exist here.
    """
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if missing:
        raise UnreachableError(
            f"expected executors to see {', '.join(missing)} as the process that commits does: put it on storage that "
            "all machines share, or read without --engine spark"
        )
    context = _context(config)
    for batch in batches:
        for pickled in batch.column(0).to_pylist():
            task: Task = pickle.loads(pickled)
            for number, source in task:
                harvested = harvest_source(source, context, datetime.now(UTC))
                answer = {
                    "number": number,
                    "event_count": harvested.event_count,
                    "unreadable": harvested.unreadable,
                    "is_foreign": harvested.is_foreign,
                    "faults": harvested.faults,
                    "rows": _streams(harvested),
                }
                yield pa.RecordBatch.from_pylist([answer], schema=ANSWER)


@cache
def _context(config: ContextConfig) -> LogContext:
    """Shared by all tasks of this process, which ends with its harvest: what one task listed, the next need not."""
    return LogContext(config)


def harvested_from(answer: Mapping[str, Any], source: LogSource) -> Harvested:
    """What a reader on this machine would have returned for ``source``, from the answer of an executor."""
    batches = {name: pa.ipc.open_stream(stream).read_next_batch() for name, stream in answer["rows"]}
    of_kinds = {kind: batches[kind.table] for kind in BATCHED if kind.table in batches}
    return Harvested(
        source=source,
        rows=ApplicationRows(batches=of_kinds, **_rows(ApplicationRows, batches)),
        event_count=answer["event_count"],
        unreadable=answer["unreadable"],
        is_foreign=answer["is_foreign"],
        faults=dict(answer["faults"]),
        **_rows(Harvested, batches),
    )


def _row_fields(holder: type) -> dict[str, tuple[type[Row], object]]:
    """The fields of a dataclass that hold rows, with row type and container (list, tuple, or None for a single row)."""
    found = {}
    for name, hint in get_type_hints(holder).items():
        kinds = [kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and issubclass(kind, Row)]
        if kinds:
            found[name] = (kinds[0], get_origin(hint))
    return found


_ROW_FIELDS: dict[type, dict[str, tuple[type[Row], object]]] = {
    holder: _row_fields(holder) for holder in (Harvested, ApplicationRows)
}


def _streams(harvested: Harvested) -> dict[str, bytes]:
    batches = {kind.table: batch for kind, batch in harvested.rows.batches.items()}
    for holder in (harvested, harvested.rows):
        for name, (kind, _) in _ROW_FIELDS[type(holder)].items():
            value = getattr(holder, name)
            rows = [value] if isinstance(value, Row) else value
            if rows:
                batches[name] = pa.RecordBatch.from_pylist([row.model_dump() for row in rows], schema=schema(kind))
    return {name: _stream(batch) for name, batch in batches.items()}


def _stream(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _rows(holder: type, batches: Mapping[str, pa.RecordBatch]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (kind, container) in _ROW_FIELDS[holder].items():
        values = batches[name].to_pylist() if name in batches else []
        rows = [kind.model_validate(row) for row in values]
        found[name] = rows if container is list else tuple(rows) if container is tuple else next(iter(rows), None)
    return found
