"""Diagnoses in this process: over a lake or raw files, without a service, a model or a registry."""

from collections.abc import Sequence

from data_contracts.api import Diagnosis, EvidenceItem
from sparkwright.advisor.known_application import KnownApplication, redacted
from sparkwright.diagnosis.answer import answer


def diagnose_application(known: KnownApplication) -> Diagnosis:
    """Why an application failed, by the rules."""
    found = answer(known.evidence, properties=known.properties, status=known.status, found_logs=known.surroundings)
    return found.model_copy(update={"app_id": known.app_id})


def diagnose_facts(items: Sequence[EvidenceItem]) -> Diagnosis:
    """What facts that somebody wrote down point to, by the rules."""
    return answer([redacted(item) for item in items])
