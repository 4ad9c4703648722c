"""What failures are compared with: the taxonomy's own words, and cases that ship with the package."""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN, RootCause

CASES = "known_cases.jsonl"


@dataclass(frozen=True, slots=True)
class Document:
    """One text whose root cause is known.

    Attributes:
        cause: Name of the root cause.
        text: As :func:`sparkwright.diagnosis.retrieval.words.text_of` writes it.
        thread: What it must not be compared with when it is scored itself: the thread, the application.
    """

    cause: str
    text: str
    thread: str = ""


def taxonomy_documents() -> list[Document]:
    """One for each cause: its words for a person, and the words its marks look for."""
    return [Document(cause.name, _words(cause)) for cause in ROOT_CAUSES.values() if cause is not UNKNOWN]


@cache
def shipped_documents() -> tuple[Document, ...]:
    """The cases that travel with the package: the training split of the project's own cases, condensed."""
    text = files(__package__).joinpath(CASES).read_text(encoding="utf-8")
    return tuple(Document(**json.loads(line)) for line in text.splitlines())


def corpus() -> list[Document]:
    """Everything that ships: the taxonomy's words and the known cases of its causes."""
    return [*taxonomy_documents(), *(one for one in shipped_documents() if one.cause in ROOT_CAUSES)]


def _words(cause: RootCause) -> str:
    marks = " ".join(_plain(mark.pattern.pattern) for mark in cause.marks)
    return f"{cause.title}. {cause.name.replace('_', ' ')}. {cause.explanation} {marks}"


def _plain(pattern: str) -> str:
    """The words of a regular expression."""
    return re.sub(r"\\[A-Za-z]|[^A-Za-z.]+", " ", pattern.replace("\\.", "."))
