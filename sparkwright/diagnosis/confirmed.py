"""Failures whose cause people of the site confirmed: kept in the lake, compared with at once, taken back at will."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.tables import ConfirmedCase
from sparkwright.diagnosis import facts
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.judge import Judge
from sparkwright.diagnosis.retrieval.corpus import Document
from sparkwright.diagnosis.retrieval.words import text_of
from sparkwright.diagnosis.shipped import shipped_judge
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN
from sparkwright.errors import ConfigError, LakeError
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of
from sparkwright.redaction import redact_text

_MAX_FACTS = 12
_LATEST = 500


def confirm(
    lake: Lake, app_id: str, attempt_id: str, cause: str, items: Sequence[EvidenceItem], confirmed_by: str = ""
) -> ConfirmedCase:
    """Keep what a failure came from; said again of the same attempt, the last word counts.

    Args:
        lake: Where it is kept, in the table ``confirmed_cases``.
        app_id: Application that failed.
        attempt_id: Which attempt of it.
        cause: A root cause of the taxonomy, other than ``unknown``.
        items: Its facts, of which the twelve most telling are kept, without secrets.
        confirmed_by: Who says so.

    Raises:
        ConfigError: There is no such cause, or the facts tell of no failure.
        LakeError: The table cannot be written.
    """
    if cause not in ROOT_CAUSES or cause == UNKNOWN.name:
        raise ConfigError(f"expected a root cause of {', '.join(ROOT_CAUSES)}; got {cause!r:.80}")
    told = facts.telling(items)[:_MAX_FACTS]
    if not told:
        raise ConfigError(f"expected facts of a failure of {app_id}, found none: there is nothing to compare with")
    row = ConfirmedCase(
        app_id=app_id,
        attempt_id=attempt_id,
        root_cause=cause,
        confirmed_by=redact_text(confirmed_by)[:256],
        confirmed_at=datetime.now(UTC),
        facts_json=json.dumps([_without_secrets(item) for item in told]),
    )
    lake.merge(ConfirmedCase, [row])
    return row


def retract(lake: Lake, app_id: str, attempt_id: str | None = None) -> int:
    """Take back what was confirmed of an application; how many attempts that were, 0 where there was nothing.

    Raises:
        LakeError: The table cannot be written.
    """
    known = [row for row in _rows(lake) if row.app_id == app_id and attempt_id in {None, row.attempt_id}]
    lake.replace(ConfirmedCase, [], [{"app_id": row.app_id, "attempt_id": row.attempt_id} for row in known])
    return len(known)


def judge_of(lake: Lake) -> Judge:
    """Who answers over this lake: the judge that ships, with the cases that people confirmed here.

    Raises:
        LakeError: The confirmed cases cannot be read.
    """
    return shipped_judge(confirmed_documents(lake))


def confirmed_documents(lake: Lake) -> tuple[Document, ...]:
    """The latest 500 confirmed failures, as texts to compare with; causes that the taxonomy lost are left out.

    Raises:
        LakeError: The table cannot be read.
    """
    return tuple(Document(one.root_cause, text_of(one.items), one.case_id) for one in confirmed_cases(lake))


def confirmed_cases(lake: Lake) -> list[Case]:
    """The latest 500 confirmed failures, as cases to learn from, the last one first.

    Raises:
        LakeError: The table cannot be read, or holds no facts.
    """
    found = []
    for row in sorted(_rows(lake), key=lambda row: row.confirmed_at, reverse=True)[:_LATEST]:
        if row.root_cause not in ROOT_CAUSES:
            continue
        try:
            items = tuple(EvidenceItem.model_validate(fact) for fact in json.loads(row.facts_json))
        except (ValueError, TypeError) as error:
            raise LakeError(f"expected facts in facts_json of the confirmed case {row.app_id}: {error}") from error
        found.append(Case(f"{row.app_id} {row.attempt_id}", items, row.root_cause, "train", "site"))
    return found


def _rows(lake: Lake) -> list[ConfirmedCase]:
    return rows_of(ConfirmedCase, lake.read(ConfirmedCase)) if lake.exists(ConfirmedCase) else []


def _without_secrets(item: EvidenceItem) -> dict[str, object]:
    shown = item.model_dump()
    return shown | {name: redact_text(str(shown[name])) for name in ("source", "exception_class", "message")}
