"""Configuration advice in this process: the past runs of a workload from the lake, within the policies."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from data_contracts.api.recommendation import RecommendRequest
from data_contracts.properties.catalogue import version_key
from data_contracts.tables import Application
from sparkwright.advisor.core import prepare
from sparkwright.advisor.targets import read_attempt
from sparkwright.configuration.recommend import ConfigAdvice, recommend_config
from sparkwright.configuration.setting import RECENT_RUNS, Allowed
from sparkwright.diagnosis.detectors import ApplicationMetrics, read_metrics
from sparkwright.errors import ConfigError, reason
from sparkwright.history.application.joins import Join, read_joins
from sparkwright.history.sources.log_files import LogSource, find_logs, logs_of_file
from sparkwright.lake import Lake
from sparkwright.policy.apply import Policies, applicant_of
from sparkwright.policy.source import policies_of
from sparkwright.settings import settings


def configure(
    request: Mapping[str, object],
    lake_uri: str | None = None,
    *,
    spark_version: str = "",
    policies: Policies | None = None,
    event_log: Path | None = None,
    team: str = "",
) -> ConfigAdvice:
    """What the runs of a workload say of settings beside its resources.

    Args:
        request: JSON of :class:`data_contracts.api.recommendation.RecommendRequest`; what its properties set wins.
        lake_uri: Where the runs are; default the settings' lake. One that was never written knows no workload.
        spark_version: Of the next run; empty: that of the newest run.
        policies: What may be set; default what the settings name, which may be everything.
        event_log: A past run to look at instead of those of the lake; how it joined is known then, too.
        team: Who asks, for policies; empty where nobody says.

    Raises:
        ConfigError: The request breaks its contract, the version is none, the policies are wrong, or the log is none.
        LakeError: The runs cannot be read.
    """
    try:
        asked = prepare(RecommendRequest.model_validate(request))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)
        )
        raise ConfigError(f"expected a request as the service takes it: {faults}") from error
    if spark_version and version_key(spark_version) is None:
        raise ConfigError(f"expected a Spark version such as 4.0.1, got {spark_version!r}")
    where = settings()
    policies = policies_of(where) if policies is None else policies
    joins: list[Join] | None = None
    if event_log is not None:
        had, runs, joins = run_of_log(event_log)
        version, note = spark_version or had, ""
        if _feature(version) != _feature(had):
            runs, note = [], f"the run is of Spark {had}, not of {_feature(version)}"
    else:
        version, runs, note = _runs(Lake(lake_uri or where.lake_uri), asked.workload_id, spark_version)
    given = asked.request.properties.as_conf()
    allowed = _allowed(policies, asked.request, asked.workload_id, team) if policies is not None else None
    advice = recommend_config(runs, version, given=given, allowed=allowed, joins=joins)
    return replace(advice, note=note) if note else advice


def run_of_log(path: Path) -> tuple[str, list[ApplicationMetrics], list[Join]]:
    """Spark version, run and joins of the last attempt of the application in an event log.

    Raises:
        ConfigError: There is no event log, or it cannot be read.
    """
    attempt = read_attempt(path) if path.exists() else None
    if attempt is None:
        raise ConfigError(f"expected the event log of a past run at {path}, found none")
    sources = find_logs(path) if path.is_dir() else logs_of_file(path)
    try:
        joins = [join for source in sources if isinstance(source, LogSource) for join in read_joins(source)]
    except OSError as error:
        raise ConfigError(f"expected a readable event log at {path}: {reason(error)}") from error
    return attempt.application.spark_version, [attempt.metrics], joins


def _runs(lake: Lake, workload_id: str, spark_version: str) -> tuple[str, list[ApplicationMetrics], str]:
    """The version asked for, or that of the newest run; the newest runs with it; why there is none, where one is."""
    if not lake.exists(Application):
        return spark_version, [], ""
    columns = ("app_id", "attempt_id", "started_at", "status", "shape", "spark_version")
    rows = lake.read(Application, columns=columns, filters=[("workload_id", "=", workload_id)]).to_pylist()
    rows.sort(key=lambda row: (row["started_at"], row["app_id"]))
    version = spark_version or (rows[-1]["spark_version"] if rows else "")
    wanted = version_key(version)
    alike = [row for row in rows if wanted and (version_key(row["spark_version"]) or ())[:2] == wanted[:2]]
    if rows and not alike:
        return version, [], f"none of {len(rows)} run(s) of this workload is of Spark {_feature(version)}"
    # What ended well comes first; the others only say why nothing is known.
    good = [row for row in alike if row["status"] == "succeeded" and row["shape"] == "batch"] or alike
    keys = [(row["app_id"], row["attempt_id"]) for row in good[-RECENT_RUNS:]]
    found = [
        run
        for app_id, attempt_id in keys
        for run in read_metrics(lake, [("app_id", "=", app_id), ("attempt_id", "=", attempt_id)])
    ]
    return version, found, ""


def _feature(version: str) -> str:
    known = version_key(version)
    return f"{known[0]}.{known[1]}" if known else version or "(unknown version)"


def _allowed(policies: Policies, request: RecommendRequest, workload_id: str, team: str) -> Allowed:
    limits = policies.limits(applicant_of(request, workload_id, datetime.now(UTC), team))

    def refusal(name: str, value: str) -> str:
        one = limits.properties.get(name)
        rule = one.breach(value) if one is not None else None
        return "" if rule is None else f"policy {rule.policy} allows {rule}"

    return refusal
