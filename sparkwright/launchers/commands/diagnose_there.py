"""A log that the service reads where it lies, waited for with its progress. Standard library only."""

import sys
from contextlib import suppress
from typing import cast, get_args, get_type_hints

from sparkwright.client import Client
from sparkwright.client.answers import Diagnosis, DiagnosisJob, DiagnosisJobRequest, LogAddress
from sparkwright.errors import ConfigError, ServiceError
from sparkwright.launchers.environment import read_environment

_ASKING_S = 15.0
_PLACES: tuple[str, ...] = get_args(get_type_hints(LogAddress)["place"])


def diagnose_there(log: str, attempt_id: str | None) -> Diagnosis:
    """What the service says of a log.

    Args:
        log: ``PLACE:PATH``.
        attempt_id: Of an event log that tells of several.

    Raises:
        ConfigError: ``log`` is something else.
        ServiceError: The service cannot be asked, or says no.
    """
    where = read_environment()
    client = Client(where.service_url, api_key=where.api_key, timeout_s=_ASKING_S)
    job = client.start_diagnosis(**_request(log, attempt_id))
    shown = _Shown()
    try:
        diagnosis = client.wait_for_diagnosis(job["diagnosis_id"], told=shown.show)
        with suppress(ServiceError):  # it is forgotten after a day in any case
            client.cancel_diagnosis(job["diagnosis_id"])
    except KeyboardInterrupt:
        with suppress(ServiceError):
            client.cancel_diagnosis(job["diagnosis_id"])
        raise
    finally:
        shown.end()
    return diagnosis


def _request(log: str, attempt_id: str | None) -> DiagnosisJobRequest:
    place, colon, path = log.partition(":")
    if not colon or not path or place not in _PLACES:
        raise ConfigError(f"expected --log PLACE:PATH, PLACE one of {', '.join(_PLACES)}; got --log {log}")
    request: DiagnosisJobRequest = {"log": cast(LogAddress, {"place": place, "path": path})}
    return request | {"attempt_id": attempt_id} if attempt_id else request


class _Shown:
    """One line on a terminal that is written over; nothing elsewhere, where it would only be in the way."""

    def __init__(self) -> None:
        self._width = 0

    def show(self, job: DiagnosisJob) -> None:
        if not sys.stderr.isatty():
            return
        progress, text = job.get("progress"), str(job["status"])
        if progress is not None and progress["total_bytes"]:
            done, there = progress["read_bytes"], progress["total_bytes"]
            text = f"read {done / 2**20:,.0f} of {there / 2**20:,.0f} MiB ({done / there:.0%})"
        self._write(text)

    def end(self) -> None:
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r{text.ljust(self._width)}")
        sys.stderr.flush()
        self._width = len(text)
