"""A process that reads one log for a diagnosis: what it takes of memory and processor is nobody else's.

    python -m serving.diagnosis_jobs.log_reader PARENT    told what to read as one line of JSON on its input

It ends with its parent, whose process id it is given, and prints lines of JSON: how far it is, then what the log says,
or why it says nothing.
"""

import os
import resource
import sys
import time
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

from data_contracts.api.diagnosis_job import LogAddress, ReadProgress
from serving.processes.children import die_with_parent
from sparkwright.access.caller import Caller
from sparkwright.advisor.known_application import KnownApplication
from sparkwright.advisor.placed_logs import fault, read_placed
from sparkwright.errors import ConfigError, LakeError, SparkwrightError
from sparkwright.settings import settings

MAX_MEMORY_BYTES = 4 * 1024**3
_TELL_EVERY_S = 0.25


class Order(BaseModel):
    """What to read, for whom."""

    log: LogAddress
    attempt_id: str | None
    queues: tuple[str, ...]
    workloads: tuple[str, ...]


class Said(BaseModel):
    """One line of what is printed."""

    progress: ReadProgress | None = None
    known: KnownApplication | None = None
    status: Literal[404, 413, 422, 503] | None = None
    detail: str = ""


SAID = TypeAdapter(Said)


def main() -> int:
    """Read what is asked for."""
    # Here and not between fork and exec: whoever starts us has threads.
    die_with_parent()
    if os.getppid() != int(sys.argv[1]):
        return 1
    os.nice(10)
    # Anonymous memory only: what is mapped of libraries counts for nothing.
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    order = Order.model_validate_json(sys.stdin.readline())
    where = settings()
    caller = Caller("", "", frozenset(), order.queues, order.workloads)
    told_s = 0.0

    def progress(read_bytes: int, total_bytes: int) -> None:
        nonlocal told_s
        if (now_s := time.monotonic()) - told_s >= _TELL_EVERY_S or read_bytes >= total_bytes:
            told_s = now_s
            _say(progress=ReadProgress(read_bytes=read_bytes, total_bytes=total_bytes))

    try:
        known = read_placed(
            order.log,
            where,
            attempt_id=order.attempt_id,
            sees=caller.sees if caller.is_limited else None,
            progress=progress,
        )
    except LakeError as error:
        _say(status=404, detail=fault(error, order.log, where))
    except ConfigError as error:
        _say(status=422, detail=fault(error, order.log, where))
    except MemoryError:
        _say(status=413, detail=f"the log needs more than the {MAX_MEMORY_BYTES >> 30} GiB that a reader may take")
    except (SparkwrightError, OSError) as error:
        _say(status=503, detail=fault(error, order.log, where))
    else:
        _say(known=known)
    return 0


def _say(**said: Any) -> None:
    print(Said(**said).model_dump_json(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
