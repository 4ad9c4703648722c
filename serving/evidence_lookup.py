"""What the lake knows about one application that failed."""

import json
from dataclasses import dataclass

from data_contracts.api import EvidenceItem
from data_contracts.tables import Application, Evidence
from sparkwright.errors import LakeError
from sparkwright.lake import Lake, rows_of

_MAX_ITEMS = 200


@dataclass(frozen=True, slots=True)
class KnownApplication:
    """One attempt of an application, with the facts about its failure; there may be none."""

    app_id: str
    attempt_id: str
    status: str
    properties: dict[str, str]
    evidence: tuple[EvidenceItem, ...]


def look_up(lake: Lake, app_id: str, attempt_id: str | None) -> KnownApplication | None:
    """The attempt asked for, else the last one; None where the lake does not know it.

    Raises:
        LakeError: A table is broken.
    """
    if not lake.exists(Application):
        return None
    attempts = rows_of(Application, lake.read(Application, filters=[("app_id", "=", app_id)]))
    wanted = [row for row in attempts if attempt_id in {None, row.attempt_id}]
    if not wanted:
        return None
    last = max(wanted, key=lambda row: (row.started_at, row.attempt_id))
    facts: list[Evidence] = []
    if lake.exists(Evidence):
        of_attempt = [("app_id", "=", app_id), ("attempt_id", "=", last.attempt_id)]
        facts = rows_of(Evidence, lake.read(Evidence, filters=of_attempt))
    facts.sort(key=lambda fact: (len(fact.evidence_id), fact.evidence_id))
    shown = set(EvidenceItem.model_fields)
    items = tuple(EvidenceItem.model_validate(fact.model_dump(include=shown)) for fact in facts)
    properties = json.loads(last.properties_json)
    if not isinstance(properties, dict):
        raise LakeError(f"expected a JSON object in properties_json of application {app_id}, got {properties!r:.80}")
    return KnownApplication(app_id, last.attempt_id, last.status, properties, items[:_MAX_ITEMS])
