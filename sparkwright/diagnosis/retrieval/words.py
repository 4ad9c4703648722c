"""The words of a failure: what it shares with another failure of the same cause, without what only it has."""

import re
from collections.abc import Iterable

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis import facts
from sparkwright.diagnosis.prompt import condensed

_MAX_ITEM_CHARS = 600
_MAX_CHARS = 2400
# Exit codes and HTTP statuses mean something; ids, sizes, dates and places are of one run.
_CODE = re.compile(
    r"\b(?:exit(?:ed)?(?:[ _]?(?:code|status|with))*|status(?: code)?)\W{0,3}(-?\d{1,3})\b", re.IGNORECASE
)
_OF_ONE_RUN = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # UUIDs
    r"|\b(?:application|container|appattempt|attempt|task|job|stage|app|executor)_[\w-]*\d[\w-]*"
    r"|\b\w+://\S+|(?<![\w.])/(?:[\w.=*-]+/)+[\w.=*-]*"  # addresses and paths
    r"|\b[\w-]+(?:\.[\w-]+)*:\d{2,5}\b|\b\d+(?:\.\d+){3}\b"  # hosts
    r"|\b0x[0-9a-f]+\b|@[0-9a-f]{6,}\b"
)
_WORD = re.compile(r"exitcode-?\d+|[A-Za-z]+(?:[-_.$][A-Za-z]+)*")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_EMPTY = frozenset(
    "a an and are as at be been but by can for from has have if in into is it its of on or that the this to was were "  # noqa: SIM905
    "will with org apache spark com java scala lang util error exception info warn executor task stage failed".split()
)


def text_of(items: Iterable[EvidenceItem]) -> str:
    """What a failure says, the most telling fact first, at most 2,400 characters."""
    return "\n".join(dict.fromkeys(filter(None, map(text_of_item, facts.telling(list(items))))))[:_MAX_CHARS]


def text_of_item(item: EvidenceItem) -> str:
    """What one fact says: exception and message without stack frames, ids, sizes, hosts and paths."""
    name = "" if item.exception_class in item.message else f"{item.exception_class}: "
    said = name + condensed(item.message)[:_MAX_ITEM_CHARS]
    return _OF_ONE_RUN.sub(" ", _CODE.sub(r" exitcode\1 ", said)).strip()


def words_of(text: str) -> list[str]:
    """Words for a lexical index, in lower case: names whole and, where they are composed, in parts."""
    found: list[str] = []
    for match in _WORD.finditer(text):
        word = match[0]
        whole = word.rpartition(".")[2].lower()
        parts = [part.lower() for part in _PART.findall(word)] if not word.startswith("exitcode") else []
        found += [one for one in dict.fromkeys([whole, *parts]) if len(one) > 1 and one not in _EMPTY]
    return found
