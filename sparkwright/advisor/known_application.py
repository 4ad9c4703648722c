"""What is known about a failure: facts given in a request, or those the lake holds about an application."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from data_contracts.api.diagnosis import EvidenceItem, SlowFinding
from data_contracts.fields.execution import Status
from data_contracts.tables import Application, Evidence
from sparkwright.diagnosis.detectors import ApplicationMetrics, find_slow_causes, read_metrics, slow_findings
from sparkwright.errors import LakeError
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of
from sparkwright.parsing.json_values import shown
from sparkwright.policy.scope import Applicant
from sparkwright.redaction import redact_text

_MAX_ITEMS, _MAX_MESSAGE, _MAX_SOURCE = 200, 4000, 1000


@dataclass(frozen=True, slots=True)
class KnownApplication:
    """One attempt of an application, with the facts about its failure; there may be none.

    Attributes:
        app_id: None where it never had one, or nobody knows it.
        status: As of the table ``applications``.
        properties: Effective ``spark.*`` properties; None where nobody knows them.
        found_logs: What was found around its event log.
        slow: What made it slow or wasteful, as its stages and executors show.
        applicant: Whose it was, for policies; None where nobody knows.
    """

    app_id: str | None
    attempt_id: str | None
    status: Status
    properties: dict[str, str] | None
    evidence: tuple[EvidenceItem, ...]
    found_logs: frozenset[str]
    slow: tuple[SlowFinding, ...] = ()
    applicant: Applicant | None = None


def look_up(
    lake: Lake, app_id: str, attempt_id: str | None, sees: Callable[[str, str], bool] | None = None
) -> KnownApplication:
    """The attempt asked for, else the last one.

    Args:
        lake: Where it is looked up.
        app_id: As Spark knows it.
        attempt_id: None: the last one.
        sees: Whether a queue and a workload may be seen; what may not is as if it were not there. Default: all may.

    Raises:
        LakeError: The lake does not know it.
    """
    attempts = rows_of(Application, lake.read(Application, filters=[("app_id", "=", app_id)]))
    attempts = [row for row in attempts if sees is None or sees(row.queue, row.workload_id)]
    wanted = [row for row in attempts if attempt_id in {None, row.attempt_id}]
    if not wanted:
        raise LakeError(
            f"expected application {app_id}{f' attempt {attempt_id}' if attempt_id else ''} in the lake, found "
            f"{f'attempt {attempts[0].attempt_id}' if attempts else 'none'}: `sparkwright harvest` reads its event log"
        )
    last = max(wanted, key=lambda row: (row.started_at, row.attempt_id))
    facts: list[Evidence] = []
    if lake.exists(Evidence):
        of_attempt = [("app_id", "=", app_id), ("attempt_id", "=", last.attempt_id)]
        facts = rows_of(Evidence, lake.read(Evidence, filters=of_attempt))
    [metrics] = read_metrics(lake, [("app_id", "=", app_id), ("attempt_id", "=", last.attempt_id)])
    return known(last, facts, metrics)


def known(row: Application, facts: Sequence[Evidence], metrics: ApplicationMetrics) -> KnownApplication:
    """What the rows of one attempt say.

    Raises:
        LakeError: A column holds something else than its contract says.
    """
    properties = json.loads(row.properties_json)
    if not isinstance(properties, dict):
        raise LakeError(
            f"expected a JSON object in properties_json of application {row.app_id}, got {shown(properties)}"
        )
    found_logs = frozenset(json.loads(row.surroundings_json or "[]"))
    slow = tuple(slow_findings(find_slow_causes(metrics)))
    applicant = Applicant(row.queue, "", row.user_name, row.workload_id, row.platform, row.started_at)
    return KnownApplication(
        row.app_id, row.attempt_id, row.status, properties, items_of(facts), found_logs, slow, applicant
    )


def items_of(facts: Sequence[Evidence]) -> tuple[EvidenceItem, ...]:
    """Rows of evidence as a diagnosis takes them, in the order of their numbers, at most 200."""
    shown = set(EvidenceItem.model_fields)
    ordered = sorted(facts, key=lambda fact: (len(fact.evidence_id), fact.evidence_id))
    return tuple(EvidenceItem.model_validate(fact.model_dump(include=shown)) for fact in ordered[:_MAX_ITEMS])


def redacted(item: EvidenceItem) -> EvidenceItem:
    """The fact without secrets: what a client sends was not through the harvest."""
    lengths = {"source": _MAX_SOURCE, "exception_class": _MAX_SOURCE, "message": _MAX_MESSAGE}
    return item.model_copy(update={name: redact_text(getattr(item, name), most) for name, most in lengths.items()})
