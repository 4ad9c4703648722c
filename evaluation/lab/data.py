"""Inputs of the lab's workloads: TPC-H from ``tpchgen-cli`` and our own seeded tables, generated once and kept."""

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
MESSAGES_PER_SCALE = 20_000
ARCHIVE_BYTES_PER_SCALE = 1_000_000_000
LOG_BYTES_PER_SCALE = 1_000_000_000
SERVICE_SECONDS_PER_SCALE = 100_000_000


def dataset(kind: str, scale: float, cache: Path) -> Path:
    """Return the folder of one input at one scale (1 is about 1 GB of TPC-H text), generated on first use.

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
        # Generated elsewhere and renamed, so that an interrupted generator leaves nothing that looks complete.
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


def _messages(scale: float, folder: Path) -> None:
    """Messages of a help desk, about 50 KB each: every reply quotes what came before it, so the text repeats itself."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(SEED)
    rows = max(100, int(MESSAGES_PER_SCALE * scale))
    words = [f"{value:x}" for value in rng.integers(16**2, 16**9, 2000)]
    paragraphs = [" ".join(words[word] for word in rng.integers(0, len(words), 120)) for _ in range(500)]
    chosen, quoted = rng.integers(0, len(paragraphs), rows), rng.integers(40, 60, rows)
    table = pa.table(
        {
            "message_id": np.arange(rows),
            "reply_to": rng.integers(0, rows, rows),
            "thread_id": rng.integers(0, max(100, rows // 8), rows),
            "at_ms": rng.integers(0, 30 * 86_400_000, rows),
            "author": pa.array([words[value] for value in rng.integers(0, len(words), rows)]),
            "body": pa.array([paragraphs[one] * count for one, count in zip(chosen, quoted, strict=True)]),
        }
    )
    part = -(-rows // 4)
    (folder / "messages").mkdir()
    for number in range(4):
        file = folder / "messages" / f"part-{number}.parquet"
        # Small groups of rows, as a streaming writer leaves them: no page of hundreds of megabytes.
        pq.write_table(table.slice(number * part, part), file, row_group_size=64, use_dictionary=False)


def _archives(scale: float, folder: Path) -> None:
    """Two archives of zeros, which take no room on the disk."""
    (folder / "archives").mkdir()
    for number in range(2):
        with (folder / "archives" / f"archive-{number}.bin").open("wb") as file:
            file.truncate(max(1000, int(ARCHIVE_BYTES_PER_SCALE * scale) // 2))


def _logs(scale: float, folder: Path) -> None:
    """Two log files; a record spans lines, and begins after a line's first two characters say so."""
    dice = random.Random(SEED)
    words = [f"{dice.randrange(16**6):06x}" for _ in range(500)]
    traces = ["\n  at ".join(" ".join(dice.choices(words, k=12)) for _ in range(20)) for _ in range(500)]
    block = "".join(f"{dice.choice(('INFO', 'INFO', 'WARN'))} {trace}\n==" for trace in traces)
    (folder / "logs").mkdir()
    for number in range(2):
        with (folder / "logs" / f"server-{number}.log").open("w", encoding="ascii") as file:
            for _ in range(max(1, int(LOG_BYTES_PER_SCALE * scale) // 2 // len(block))):
                file.write(block)


def _meters(scale: float, folder: Path) -> None:
    """Four meters, by the seconds they have been in service; the last one has been there from the beginning."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    to_s = max(1000, int(SERVICE_SECONDS_PER_SCALE * scale))
    meters = {"from_s": [to_s - to_s // 8, to_s - to_s // 4, to_s // 2, 0], "to_s": [to_s] * 4, "every_s": [900] * 4}
    (folder / "meters").mkdir()
    pq.write_table(pa.table(meters), folder / "meters" / "part-0.parquet")


_MAKERS: dict[str, Callable[[float, Path], None]] = {
    "tpch": _tpch,
    "text": _text,
    "clicks": _clicks,
    "documents": _documents,
    "wide": _wide,
    "messages": _messages,
    "archives": _archives,
    "logs": _logs,
    "meters": _meters,
}
KINDS = tuple(_MAKERS)
