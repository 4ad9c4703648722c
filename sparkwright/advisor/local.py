"""The advisor in this process: over a lake or raw files, without a service, a model or a registry."""

import hashlib
from pathlib import Path

from pydantic import ValidationError

from data_contracts.api.diagnosis import DiagnoseRequest, Diagnosis
from data_contracts.api.recommendation import Recommendation, RecommendRequest, RunId
from data_contracts.tables import ConfirmedCase, Run
from sparkwright.advisor.allowed import Policy
from sparkwright.advisor.claims import read_claims
from sparkwright.advisor.core import ForecastReply, conclude, prepare, reply
from sparkwright.advisor.known_application import KnownApplication, redacted
from sparkwright.advisor.limits import risk_limits
from sparkwright.advisor.run_ids import COLUMNS as ID_COLUMNS
from sparkwright.advisor.run_ids import newest_ids
from sparkwright.advisor.targets import open_target
from sparkwright.allocation.advise import advise
from sparkwright.allocation.known_runs import KnownRuns
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, NeedPrior
from sparkwright.allocation.past import COLUMNS, PastRun, past_runs
from sparkwright.diagnosis.answer import answer
from sparkwright.diagnosis.confirmed import confirm, judge_of, retract
from sparkwright.diagnosis.judge import Judge
from sparkwright.errors import ConfigError
from sparkwright.lake import Lake
from sparkwright.policy.diagnosing import within_policies
from sparkwright.policy.source import policies_of
from sparkwright.settings import settings


def recommend(
    request: object,
    lake_uri: str | None = None,
    policy: Policy | None = None,
    *,
    prior: NeedPrior = DEFAULT_PRIOR,
    team: str = "",
) -> Recommendation:
    """What to submit with, from the runs of the lake alone; no decision log holds it, so no outcome is joined to it.

    Args:
        request: JSON of :class:`data_contracts.api.recommendation.RecommendRequest`.
        lake_uri: Where the runs are; default the settings' lake. One that was never written knows no workload.
        policy: What may go out; default what the settings name, which may be everything.
        prior: What is believed of the workload's need before its first run.
        team: Who asks, for policies; empty where nobody says.

    Raises:
        ConfigError: The request breaks its contract, or the policies are wrong.
        LakeError: The runs cannot be read.
    """
    try:
        asked = prepare(RecommendRequest.model_validate(request))
    except ValidationError as error:
        raise ConfigError(f"expected a request as the service takes it: {_faults(error)}") from error
    where = settings()
    policy = policies_of(where) if policy is None else policy
    lake = Lake(lake_uri or where.lake_uri)
    past: list[PastRun] = []
    newest: list[RunId] = []
    if lake.exists(Run):
        columns = tuple(dict.fromkeys((*COLUMNS, *ID_COLUMNS)))
        rows = lake.read(Run, columns=columns, filters=[("workload_id", "=", asked.workload_id)])
        past, newest = past_runs(rows), newest_ids(rows, asked.at, asked.request.platform)
    claims = read_claims(lake)
    need = NeedPosterior.of(KnownRuns.of(past).comparable(asked.request.platform), prior)
    advice = advise(asked.request, past, limits=claims.limits(risk_limits(where)), posterior=need)
    asked = asked.model_copy(update={"team": team})
    return conclude(asked, ForecastReply(recommendation=reply(asked, advice, claims.risk, newest)), policy)[0]


def diagnose(
    target: str, lake_uri: str | None = None, *, attempt_id: str | None = None, driver_log: Path | None = None
) -> Diagnosis:
    """Why an application failed.

    Args:
        target: As :func:`sparkwright.advisor.targets.open_target` takes it.
        lake_uri: Where application ids are looked up; default the settings' lake.
        attempt_id: Attempt of the application, where it has several.
        driver_log: The driver's output, where it lies apart.

    Raises:
        LakeError: The lake does not know the application.
        ConfigError: A path cannot be read, or holds nothing to diagnose.
    """
    lake = Lake(lake_uri or settings().lake_uri)
    known = open_target(target, lake, attempt_id=attempt_id, driver_log=driver_log)
    found = diagnose_application(known, judge_of(lake))
    return within_policies(found, policies_of(settings()), known.applicant, known.properties)


def diagnose_application(known: KnownApplication, judge: Judge | None = None) -> Diagnosis:
    """Why an application failed; without a judge that of the package answers, which knows no case of the site."""
    found = answer(
        known.evidence, properties=known.properties, status=known.status, found_logs=known.found_logs, judge=judge
    )
    return found.model_copy(update={"app_id": known.app_id, "slow": list(known.slow)})


def confirm_cause(
    target: str,
    cause: str,
    lake_uri: str | None = None,
    *,
    attempt_id: str | None = None,
    driver_log: Path | None = None,
    confirmed_by: str = "",
) -> ConfirmedCase:
    """Keep what a person found a failure to have come from; failures with the same words are held against it.

    Args:
        target: As for :func:`diagnose`. A driver's log without an application goes by the hash of its facts.
        cause: A root cause of the taxonomy.
        lake_uri: Where it is kept; default the settings' lake.
        attempt_id: Attempt of the application, where it has several.
        driver_log: The driver's output, where it lies apart.
        confirmed_by: Who says so.

    Raises:
        ConfigError: There is no such cause, or nothing of a failure at the target.
        LakeError: The lake does not know the application, or cannot be written.
    """
    lake = Lake(lake_uri or settings().lake_uri)
    known = open_target(target, lake, attempt_id=attempt_id, driver_log=driver_log)
    return confirm(lake, *_key(known), cause, known.evidence, confirmed_by)


def retract_cause(
    target: str, lake_uri: str | None = None, *, attempt_id: str | None = None, driver_log: Path | None = None
) -> int:
    """Take back what was confirmed of a failure; how many attempts that were.

    Args:
        target: As it was confirmed; an application that the lake lost since may still be named by its id.
        lake_uri: As for :func:`confirm_cause`.
        attempt_id: One attempt only, of an application named by its id.
        driver_log: As it was given when it was confirmed.

    Raises:
        ConfigError: A path cannot be read.
        LakeError: The lake cannot be written.
    """
    lake = Lake(lake_uri or settings().lake_uri)
    if not Path(target).exists():
        return retract(lake, target, attempt_id)
    return retract(lake, *_key(open_target(target, lake, attempt_id=attempt_id, driver_log=driver_log)))


def _key(known: KnownApplication) -> tuple[str, str]:
    told = "\n".join(item.message for item in known.evidence)
    return known.app_id or f"log-{hashlib.sha256(told.encode()).hexdigest()[:16]}", known.attempt_id or "1"


def diagnose_facts(facts: object, name: str, lake_uri: str | None = None) -> Diagnosis:
    """What facts that somebody wrote down point to.

    Args:
        facts: JSON: a list of :class:`data_contracts.api.diagnosis.EvidenceItem`.
        name: Where they came from, for the message.
        lake_uri: Whose confirmed cases have a say; default the settings' lake.

    Raises:
        ConfigError: They are no such list.
    """
    try:
        request = DiagnoseRequest.model_validate({"evidence": facts})
    except ValidationError as error:
        raise ConfigError(f"expected a JSON list of evidence items in {name}: {_faults(error)}") from error
    judge = judge_of(Lake(lake_uri or settings().lake_uri))
    return answer([redacted(item) for item in request.evidence or ()], judge=judge)


def _faults(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False))
