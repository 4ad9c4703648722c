"""Columns of ``runs`` as integers: small, comparable across processes by hash, and quick to convert back to Python."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Integers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

_MISSING = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RowNumbers:
    """Converts rows to integers and back; texts are numbered in the order in which they come.

    Args:
        schema: The columns: integers, floats, booleans, timestamps in microseconds and strings.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._texts: list[str] = []
        self._text_hashes: Integers = np.zeros(0, dtype=np.int64)
        self._codes: dict[str, int] = {}
        self._salts = [_hash(name) for name in schema.names]

    def of(self, rows: pa.Table) -> Integers:
        """Integers ``[N, C]`` for N rows of C columns."""
        found = np.empty((rows.num_rows, len(self._schema)), dtype=np.int64)
        for number, field in enumerate(self._schema):
            column = rows[field.name].combine_chunks()
            if pa.types.is_string(field.type):
                found[:, number] = self._coded(column)
            elif pa.types.is_floating(field.type):
                # NaN counts as missing here: no contract allows it.
                values = column.fill_null(np.nan).to_numpy(zero_copy_only=False) + 0.0
                found[:, number] = np.where(np.isnan(values), _MISSING, values.view(np.int64))
            else:
                numbers = pc.cast(column, pa.timestamp("us", "UTC")) if pa.types.is_timestamp(field.type) else column
                found[:, number] = pc.cast(numbers, pa.int64()).fill_null(_MISSING).to_numpy(zero_copy_only=False)
        return found

    def hashes(self, numbers: Integers) -> Hashes:
        """Hash ``[N]`` of each row of ``[N, C]``, the same in every process, however texts are numbered there."""
        total = np.zeros(len(numbers), dtype=np.uint64)
        for number, (field, salt) in enumerate(zip(self._schema, self._salts, strict=True)):
            values = numbers[:, number]
            if pa.types.is_string(field.type):
                values = np.append(self._text_hashes, _MISSING)[np.where(values == _MISSING, -1, values)]
            total = _mixed(total ^ _mixed(values.view(np.uint64) + np.uint64(salt)))
        return total

    def column(self, name: str, values: Integers) -> list[object]:
        """The values that the integers ``[N]`` of a column stand for; None for missing ones."""
        kind = self._schema.field(name).type
        known: Callable[[int], object]
        if pa.types.is_timestamp(kind):
            known = moment
        elif pa.types.is_string(kind):
            known = self._texts.__getitem__
        elif pa.types.is_boolean(kind):
            known = bool
        elif pa.types.is_floating(kind):
            found: list[object] = np.where(values == _MISSING, None, values.view(np.float64)).tolist()  # type: ignore[call-overload]
            return found
        elif (values != _MISSING).all():
            return list(values.tolist())
        else:
            known = int
        return [None if value == _MISSING else known(value) for value in values.tolist()]

    def _coded(self, column: pa.Array) -> Integers:
        encoded = column.dictionary_encode()
        texts: list[str] = encoded.dictionary.to_pylist()
        fresh = [text for text in texts if text not in self._codes]
        if fresh:
            self._codes.update({text: len(self._texts) + number for number, text in enumerate(fresh)})
            self._texts += fresh
            self._text_hashes = np.append(self._text_hashes, [np.uint64(_hash(text)).view(np.int64) for text in fresh])
        codes = np.array([self._codes[text] for text in texts] + [_MISSING], dtype=np.int64)
        return np.asarray(codes[encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)])


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _mixed(values: Hashes) -> Hashes:
    """Every bit of the result depends on every bit of the value (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def moment(microseconds: int) -> datetime:
    """The moment this many microseconds after 1970, UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
