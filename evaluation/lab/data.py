"""Inputs of the lab's workloads: TPC-H from ``tpchgen-cli`` and seeded tables of our own, made once and kept."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sparkwright.errors import ConfigError, MissingProgramError, SparkwrightError

SEED = 20240607
CLICKS_PER_SCALE = 20_000_000
DOCUMENTS_PER_SCALE = 3_000_000
WIDE_ROWS_PER_SCALE = 1_000_000


def dataset(kind: str, scale: float, cache: Path) -> Path:
    """The folder of one input at one scale (1 is about 1 GB of TPC-H text), made if it is not there yet.

    Raises:
        ConfigError: Unknown kind, or a scale that is not above zero.
        MissingProgramError: ``tpchgen-cli`` is not installed.
        SparkwrightError: The generator failed.
    """
    if kind not in _MAKERS:
        raise ConfigError(f"expected an input of {', '.join(_MAKERS)}; got {kind!r}")
    if scale <= 0:
        raise ConfigError(f"expected a scale above 0 for {kind}, got {scale}")
    folder = cache / f"{kind}-{scale:g}"
    if not folder.exists():
        # Made beside its place and renamed, so that an interrupted generator leaves nothing that looks complete.
        partial = folder.with_name(f".{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _MAKERS[kind](scale, partial)
        partial.rename(folder)
    return folder


def _tpchgen(form: str, scale: float, folder: Path, *extra: str) -> None:
    program = Path(sys.executable).with_name("tpchgen-cli")
    if not program.exists():
        raise MissingProgramError(f"expected {program.name} beside {sys.executable}, found none; run make install")
    command = [str(program), form, "-s", f"{scale:g}", "--parts=4", f"--output-dir={folder}", *extra]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SparkwrightError(f"tpchgen-cli ended with {done.returncode}: {done.stderr.strip()[-500:]}")


def _tpch(scale: float, folder: Path) -> None:
    _tpchgen("parquet", scale, folder)


def _text(scale: float, folder: Path) -> None:
    _tpchgen("tbl", scale, folder, "--tables=orders,customer")


def _clicks(scale: float, folder: Path) -> None:
    """Click events: few users make most clicks (Zipf, exponent 1.3), as in every log of people."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(SEED)
    rows = max(1000, int(CLICKS_PER_SCALE * scale))
    user = np.minimum(rng.zipf(1.3, rows), rows // 4).astype(np.int64)
    table = pa.table(
        {
            "user_id": user,
            "item_id": rng.integers(0, max(100, rows // 20), rows),
            "at_ms": np.sort(rng.integers(0, 30 * 86_400_000, rows)),
            "amount": np.round(rng.gamma(2.0, 15.0, rows), 2),
            "session": pa.array([f"{value:016x}" for value in rng.integers(0, 2**62, rows)]),
        }
    )
    users = np.unique(user)
    profile = pa.table({"user_id": users, "segment": pa.array([f"s{value % 17}" for value in users])})
    part = -(-rows // 4)
    (folder / "clicks").mkdir()
    for number in range(4):
        pq.write_table(table.slice(number * part, part), folder / "clicks" / f"part-{number}.parquet")
    (folder / "users").mkdir()
    pq.write_table(profile, folder / "users" / "part-0.parquet")


def _wide(scale: float, folder: Path) -> None:
    """One table of 200 columns: measurements, codes of few values, and texts."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(SEED)
    part = max(250, int(WIDE_ROWS_PER_SCALE * scale) // 4)
    texts = np.array([f"{value:012x}" for value in rng.integers(0, 2**47, 2000)])
    (folder / "wide").mkdir()
    for number in range(4):
        codes = {f"i{column:03d}": rng.integers(0, 16, part) for column in range(60)}
        measures = {f"d{column:03d}": rng.normal(size=part) for column in range(120)}
        labels = {f"s{column:03d}": rng.choice(texts, part) for column in range(20)}
        pq.write_table(pa.table({**codes, **measures, **labels}), folder / "wide" / f"part-{number}.parquet")


def _documents(scale: float, folder: Path) -> None:
    """Two exports, each one JSON array of documents in a single file."""
    dice = random.Random(SEED)
    words = [f"{dice.randrange(16**8):08x}" for _ in range(500)]
    (folder / "documents").mkdir()
    for number in range(2):
        with (folder / "documents" / f"export-{number}.json").open("w", encoding="utf-8") as file:
            for line in range(max(100, int(DOCUMENTS_PER_SCALE * scale) // 2)):
                document = {
                    "id": line,
                    "author": dice.choice(words),
                    "body": " ".join(dice.choices(words, k=16)),
                    "tags": dice.choices(words, k=4),
                    "score": round(dice.random(), 4),
                }
                file.write(("[" if line == 0 else ",\n") + json.dumps(document))
            file.write("]\n")


_MAKERS: dict[str, Callable[[float, Path], None]] = {
    "tpch": _tpch,
    "text": _text,
    "clicks": _clicks,
    "documents": _documents,
    "wide": _wide,
}
KINDS = tuple(_MAKERS)
