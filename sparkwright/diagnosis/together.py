"""What two facts prove together where each alone is a mere symptom.

Looked at only where no fact spells a cause out: whatever does is nearer to the failure.
"""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from data_contracts.api.diagnosis import EvidenceItem

_MAX_CHARS = 4_000
_RESOURCES = r"\b(memory|v?cores?|cpus?|executors?|containers?|workers?|slots?)\b"
_LEFT = r"\b(free|available|left|in use|registered|granted|pending|allocated)\b"


class Together(NamedTuple):
    """Signs that name a cause where all of them are there.

    Attributes:
        cause: Name of the cause.
        signs: Regular expressions, each of which some fact fits; a fact is told with its kind before it.
        unless: One that no fact may fit.
    """

    cause: str
    signs: tuple[str, ...]
    unless: str


_TABLE = (
    # In local mode there is one process, which cannot have been lost: it stood still.
    Together(
        "executor_heartbeat_timeout",
        (r"(executor driver\b.{0,200}|no recent )heartbeat", r"executor driver\b"),
        r"\bGC\b|OutOfMemory|garbage|heap|Lost executor [1-9]",
    ),
    # Executors were told to go, and what they held was asked for afterwards.
    Together(
        "node_preempted",
        (r"is decommissioned|being decommission|Decommission executors?\b", r"Fetch_?Failed"),
        r"\bidle\b|No space left|OutOfMemory",
    ),
    # The manager has too little, and somebody counted.
    Together(
        "resource_starvation",
        (
            r"Initial job has not accepted any resources|waiting for resources to be assigned for AM|state: ACCEPTED",
            rf"^metric: .{{0,300}}({_RESOURCES}.{{0,80}}{_LEFT}|{_LEFT}.{{0,80}}{_RESOURCES})",
        ),
        r"\bEXITED\b|exited|Failed to connect|UNHEALTHY|Error: |Exception",
    ),
    # Executors that live and do not know each other's names.
    Together(
        "fetch_failure",
        (
            r"(Fetch_?Failed|RetryingBlock\w+|beginning fetch of)",
            r"(Fetch_?Failed|RetryingBlock|fetch).{0,900}(UnresolvedAddressException|UnknownHostException)",
        ),
        r"Lost executor|ExecutorLost|decommission|removed|lost node|:7337\b|marked as failed",
    ),
)


def named_together(items: Sequence[EvidenceItem], symptoms: Collection[str]) -> str | None:
    """The cause that facts without a clear mark name together, if one of the symptoms that they have is it.

    Args:
        items: Facts about one application.
        symptoms: Names of the causes that left a symptom, and nothing more, in them.
    """
    if not symptoms:
        return None
    told = [f"{item.kind}: {' '.join(item.message.split())[:_MAX_CHARS]}" for item in items]
    for one in _TABLE:
        if one.cause in symptoms and not _any(one.unless, told) and all(_any(sign, told) for sign in one.signs):
            return one.cause
    return None


def _any(pattern: str, told: Sequence[str]) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for text in told)
