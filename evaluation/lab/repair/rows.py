"""The result of each repair as a JSON line, written at once and read by the next run."""

import fcntl
import json
import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.lab.repair.loop import Repaired, harm
from evaluation.lab.truth import Split
from sparkwright.errors import ConfigError

_Z = 1.959964  # 95%


class KeptValue(BaseModel):
    """A size that a repair set, and what the next recommendation makes of it.

    Attributes:
        name: The property.
        repaired: What the repair set.
        advised: What a launch with the advice would have; empty for Spark's default.
        kept: Whether that is at least as much.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    repaired: str
    advised: str
    kept: bool


class RoundRow(BaseModel):
    """One repair: what was named and changed, and how the following run ended (None if there was nothing to change)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    named: str
    properties: dict[str, str]
    succeeded: bool | None
    seen: str
    seconds: float


class RepairRow(BaseModel):
    """The result of one fault under one seed.

    Attributes:
        variant: Variant in the lab's catalogue.
        seed: Seed that drew the metric settings.
        split: Split of the variant.
        root_cause: The true root cause.
        state: ``done``; ``not_reproduced``: the fault did not occur; ``skipped``: this machine cannot produce it.
        seen: What the unrepaired run showed, or why the state is not ``done``.
        named: Root cause named by the first diagnosis.
        right: Whether that is the true one.
        rounds: Repairs in order.
        properties: All applied properties.
        succeeded: Whether the last repaired run succeeded.
        clean: Whether it did so without any sign of the fault.
        harmful: What the repair made worse; empty if nothing.
        kept: Memory that a repair set and that held, next to the next recommendation.
        seconds: Wall time of all runs and diagnoses.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    variant: str
    seed: int
    split: Split
    root_cause: str
    state: str
    seen: str
    named: str = ""
    right: bool = False
    rounds: tuple[RoundRow, ...] = ()
    properties: dict[str, str] = {}
    succeeded: bool = False
    clean: bool = False
    harmful: str = ""
    kept: tuple[KeptValue, ...] = ()
    seconds: float


def row_of(
    done: Repaired,
    *,
    variant: str,
    seed: int,
    split: Split,
    root_cause: str,
    kept: tuple[KeptValue, ...],
    seconds: float,
) -> RepairRow:
    """Return the row of a fault that was run."""
    rounds = tuple(
        RoundRow(
            named=one.named,
            properties=one.properties,
            succeeded=one.ran.succeeded if one.ran else None,
            seen=one.ran.seen if one.ran else "no property to change",
            seconds=one.ran.seconds if one.ran else 0.0,
        )
        for one in done.rounds
    )
    return RepairRow(
        variant=variant,
        seed=seed,
        split=split,
        root_cause=root_cause,
        state="done" if done.first.verified else "not_reproduced",
        seen=done.first.seen,
        named=done.named,
        right=done.named == root_cause,
        rounds=rounds,
        properties=done.properties,
        succeeded=done.succeeded,
        clean=done.succeeded and done.last.verified,
        harmful=harm(done, root_cause),
        kept=kept,
        seconds=seconds,
    )


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other labs out of ``folder`` inside the block.

    Raises:
        ConfigError: Another lab is using it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise ConfigError(f"expected {folder} for this lab alone, another one is running there") from None
    try:
        yield
    finally:
        os.close(lock)


def read_rows(file: Path) -> list[RepairRow]:
    """Read the rows of a file; a last line cut off by a killed lab is removed from it.

    Raises:
        ConfigError: Another line is not a row.
    """
    if not file.exists():
        return []
    text = file.read_text(encoding="utf-8")
    whole, _, cut = text.rpartition("\n")
    if cut:
        file.write_text(whole + "\n" if whole else "", encoding="utf-8")
    try:
        return [RepairRow.model_validate_json(line) for line in whole.splitlines() if line]
    except (ValidationError, json.JSONDecodeError) as error:
        raise ConfigError(f"expected rows of lab repair in {file}: {error}; choose another --out") from error


def add_row(file: Path, row: RepairRow) -> None:
    """Append one row."""
    with file.open("a", encoding="utf-8") as out:
        out.write(row.model_dump_json() + "\n")
        out.flush()
        os.fsync(out.fileno())


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95% score interval of a share, valid even if all or none hit.

    Source: Wilson, Journal of the American Statistical Association 22 (1927).
    """
    if not count:
        return 0.0, 1.0
    share, extra = hits / count, _Z**2 / count
    middle = share + extra / 2
    reach = _Z * math.sqrt(share * (1 - share) / count + extra / (4 * count))
    return max(0.0, (middle - reach) / (1 + extra)), min(1.0, (middle + reach) / (1 + extra))


def share(flags: Iterable[bool]) -> str:
    """Format as ``hits of count (share, interval)``."""
    found = list(flags)
    if not found:
        return "none"
    low, high = wilson(sum(found), len(found))
    return f"{sum(found)} of {len(found)} ({sum(found) / len(found):.0%}, 95% interval {low:.0%} to {high:.0%})"
