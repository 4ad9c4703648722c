"""Check that a text names only what a decision contains: its numbers with units, its properties, its names."""

import re
from collections.abc import Iterator, Mapping

from sparkwright.explanation.figures import texts_of

_PROPERTY = re.compile(r"\bspark(?:\.[A-Za-z][A-Za-z0-9_]*)+", re.IGNORECASE)
# A name such as executor_heap_oom or OutOfMemoryError: a claim of its own, as a property is.
_NAME = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b|\b[A-Z]\w*(?:Error|Exception)\b")
_UNIT = (
    r"%|[KMGTPE]i?B\b|[kmgtp]b?\b|GiB-h\b|core-h\b|ms\b|s\b|min(?:utes?)?\b|h\b|hours?\b|seconds?\b|days?\b|"
    r"percent\b"
)
_NUMBER = re.compile(rf"(?<![\w.])[-+]?(\d+(?:[.,]\d+)*)\s?({_UNIT})?", re.IGNORECASE)
_PLAIN = {
    "minutes": "min",
    "minute": "min",
    "hours": "h",
    "hour": "h",
    "seconds": "s",
    "second": "s",
    "percent": "%",
}
_SMALL = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
)
_WORDS = {word: str(number) for number, word in enumerate(_SMALL.split(), start=2)} | {
    "hundred": "100",
    "thousand": "1000",
    "million": "1000000",
    "half": "0.5",
    "twice": "2",
    "double": "2",
}
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_WORDS)})s?\b", re.IGNORECASE)


def ungrounded(text: str, decision: Mapping[str, object]) -> list[str]:
    """Return what a text names that the decision does not contain; empty if everything is grounded.

    Compares numbers with their units (also as words), ``spark.*`` properties, snake-case names and exception names, but
    not whether the sentences around them are true: nothing here understands them.
    """
    texts = list(texts_of(decision))
    known = {found.lower() for one in texts for found in _PROPERTY.findall(one)}
    known |= {found.lower() for one in texts for found in _NAME.findall(one)}
    numbers = {found for one in texts for found in _numbers(one)}
    # A number given with a unit may be repeated without it, never the other way round.
    numbers |= {(number, "") for number, _ in numbers}
    missing = [found for found in _PROPERTY.findall(text) if found.lower() not in known]
    missing += [found for found in _NAME.findall(text) if found.lower() not in known]
    missing += [" ".join(filter(None, found)) for found in _numbers(text) if found not in numbers]
    return list(dict.fromkeys(missing))


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number as ``(digits, unit)``, except digits inside properties and names."""
    bare = _NAME.sub(" ", _PROPERTY.sub(" ", text))
    for match in _NUMBER.finditer(bare):
        unit = (match[2] or "").lower()
        yield _digits(match[1]), _PLAIN.get(unit, unit)
    for match in _NUMBER_WORD.finditer(bare):
        yield _WORDS[match[1].lower()], ""


def _digits(text: str) -> str:
    """Normalise digits: ``1,024`` and ``1024.0`` are the same number."""
    plain = re.sub(r",(?=\d{3}\b)", "", text).replace(",", ".")
    try:
        return f"{float(plain):.12g}"
    except ValueError:  # a version: 3.5.1
        return plain
