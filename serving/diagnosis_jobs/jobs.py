"""The jobs of the store, done: a process apart reads the log, the blocking call's code answers."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from data_contracts.api.diagnosis import DiagnoseRequest, Diagnosis
from data_contracts.api.diagnosis_job import DiagnosisJob, DiagnosisJobRequest, ReadProgress
from data_contracts.api.problem import Problem
from serving.decisions.redacting import without_secrets
from serving.diagnosis_jobs.log_reader import SAID, Order
from serving.diagnosis_jobs.store import MAX_RUNNING, DiagnosisStore, JobsError, TakenJob
from serving.gateway.overload import OverloadedError
from serving.gateway.problems import problem_of
from serving.service_metrics import DIAGNOSES
from sparkwright.access.caller import Caller
from sparkwright.advisor.known_application import KnownApplication
from sparkwright.errors import LakeError

LONGEST_S = 1800.0
_LOOK_EVERY_S = 1.0
_BEAT_EVERY_S = 0.5
_MAX_LINE_BYTES = 32 * 1024**2
_REPOSITORY = Path(__file__).resolve().parent.parent

logger = logging.getLogger("bentoml.sparkwright.diagnosis_jobs")


class Diagnoses(Protocol):
    """What is asked of :class:`serving.service.Sparkwright`."""

    async def diagnose(self, request: DiagnoseRequest, caller: Caller) -> Diagnosis: ...  # noqa: D102
    async def diagnose_known(self, known: KnownApplication) -> Diagnosis: ...  # noqa: D102


class _NoLongerOursError(Exception):
    """The job was removed, or somebody else took it."""


class _FailedError(Exception):
    """What the job ends with instead of a diagnosis."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.problem: Problem = problem_of(status, detail)


class DiagnosisJobs:
    """The jobs of this home, of which this process does some.

    Args:
        store: Where they are kept.
        diagnoses: Who answers once a log is read.
    """

    def __init__(self, store: DiagnosisStore, diagnoses: Diagnoses) -> None:
        self._store = store
        self._diagnoses = diagnoses
        self._came = asyncio.Event()
        self._begun: dict[str, TakenJob] = {}

    async def add(self, request: DiagnosisJobRequest, caller: Caller) -> DiagnosisJob:
        """A new job.

        Raises:
            OverloadedError: Too many long texts wait already.
            TooManyJobsError: Too many jobs do.
            JobsError: It could not be kept.
        """
        if request.evidence is not None:  # what is kept holds no secret
            items = await without_secrets(request.evidence)
            request = request.model_copy(update={"evidence": list(items)})
        job = await asyncio.to_thread(self._store.add, request, caller)
        self._came.set()
        return job

    async def find(self, diagnosis_id: str, caller: Caller) -> DiagnosisJob | None:
        """A job of the caller's.

        Raises:
            JobsError: The file of the jobs cannot be used.
        """
        return await asyncio.to_thread(self._store.find, diagnosis_id, caller)

    async def remove(self, diagnosis_id: str, caller: Caller) -> DiagnosisJob | None:
        """Cancel a job of the caller's and forget it.

        Raises:
            JobsError: The file of the jobs cannot be used.
        """
        return await asyncio.to_thread(self._store.remove, diagnosis_id, caller)

    async def keep(self) -> None:
        """Do jobs until cancelled."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._came.clear()
                while len(running) < MAX_RUNNING and (job := await self._take()) is not None:
                    task = asyncio.create_task(self._do(job))
                    running.add(task)
                    task.add_done_callback(running.discard)
                    task.add_done_callback(lambda _: self._came.set())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._came.wait(), _LOOK_EVERY_S)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def stop(self) -> None:
        """Give back what is begun, so that another process begins it anew at once; there may be no loop to wait in."""
        for job in self._begun.values():
            with contextlib.suppress(JobsError):
                self._store.give_back(job)

    async def _take(self) -> TakenJob | None:
        try:
            return await asyncio.to_thread(self._store.take)
        except JobsError as error:
            logger.warning("No diagnosis is begun: %s", error)
            return None

    async def _do(self, job: TakenJob) -> None:
        self._begun[job.runner] = job
        try:
            try:
                async with asyncio.timeout(LONGEST_S):
                    diagnosis = await self._diagnosis(job)
            except TimeoutError:
                raise _FailedError(504, f"expected a diagnosis within {LONGEST_S / 60:.0f} minutes") from None
            await asyncio.to_thread(self._store.succeed, job, diagnosis)
            DIAGNOSES.labels(answered_by=diagnosis.answered_by).inc()
        except _NoLongerOursError:
            return
        except _FailedError as failed:
            await self._fail(job, failed.problem)
        except JobsError as error:
            logger.warning("A diagnosis is left to be begun again: %s", error)
        except Exception:
            logger.exception("A diagnosis failed")
            await self._fail(job, problem_of(500, "the service failed; its log says why"))
        finally:
            del self._begun[job.runner]

    async def _fail(self, job: TakenJob, problem: Problem) -> None:
        try:
            await asyncio.to_thread(self._store.fail, job, problem)
        except JobsError as error:
            logger.warning("A diagnosis is left to be begun again: %s", error)

    async def _diagnosis(self, job: TakenJob) -> Diagnosis:
        work = asyncio.create_task(self._read_and_diagnose(job, progress := _Latest()))
        try:
            while True:
                done, _ = await asyncio.wait({work}, timeout=_BEAT_EVERY_S)
                if not await asyncio.to_thread(self._store.beat, job, progress.value):
                    raise _NoLongerOursError
                if done:
                    return work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _read_and_diagnose(self, job: TakenJob, progress: "_Latest") -> Diagnosis:
        if job.request.log is None:
            asked = job.request.model_dump(exclude={"log"}, exclude_none=True)
            return await self._diagnose(DiagnoseRequest.model_validate(asked), job.caller)
        known = await _read(job, progress)
        return await self._diagnoses.diagnose_known(known)

    async def _diagnose(self, request: DiagnoseRequest, caller: Caller) -> Diagnosis:
        while True:
            try:
                return await self._diagnoses.diagnose(request, caller)
            except LakeError as error:
                raise _FailedError(404, str(error)) from error
            except OverloadedError:  # a job has time
                await asyncio.sleep(_LOOK_EVERY_S)


class _Latest:
    """How far a reader was when it said so last."""

    value: ReadProgress | None = None


async def _read(job: TakenJob, progress: _Latest) -> KnownApplication:
    """What a log says.

    Raises:
        _FailedError: It says nothing.
    """
    assert job.request.log is not None
    order = Order(
        log=job.request.log,
        attempt_id=job.request.attempt_id,
        queues=job.caller.queues,
        workloads=job.caller.workloads,
    )
    async with _reader() as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(order.model_dump_json().encode() + b"\n")
        process.stdin.close()
        while line := await process.stdout.readline():
            said = SAID.validate_json(line)
            if said.known is not None:
                return said.known
            if said.status is not None:
                raise _FailedError(said.status, said.detail)
            progress.value = said.progress
        code = await process.wait()
    raise _FailedError(500, f"expected what the log says, its reader ended with {code}; the service's log says more")


@asynccontextmanager
async def _reader() -> AsyncIterator[asyncio.subprocess.Process]:
    """The process that reads; it ends with the block, and with this process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "serving.diagnosis_jobs.log_reader",
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_REPOSITORY,
        limit=_MAX_LINE_BYTES,
    )
    began_s = time.monotonic()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        logger.info("A log was read for %.1f s", time.monotonic() - began_s)
