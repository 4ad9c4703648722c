"""The properties that a text names, and acts that are only spoken of."""

import re
from functools import lru_cache
from typing import Final

from data_contracts.properties.catalogue import catalogue
from data_contracts.properties.policy import kind_of
from sparkwright.parsing.stretches import blanked
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.text.misspelt import all_names
from sparkwright.policy.language.vocabulary import whole


def is_switch(name: str) -> bool:
    """Whether a property is on or off, as far as any table knows."""
    entry = catalogue().entries.get(name)
    return (
        kind_of(name).kind == "flag"
        or name.endswith((".enabled", ".enable", ".caseSensitive"))
        or bool(entry and entry.kind == "flag")
    )


def properties_in(text: str) -> list[tuple[int, int, str]]:
    """The properties that a text names, with their spans; the longest phrase at a place."""
    return list(_properties_in(text))


_CODEC: Final = re.compile(r"(?<![\w.-])(?:zstd|zstandard|snappy|lz4|lzf|gzip|brotli|zlib|lzo|uncompressed)(?![\w])")
_FORMAT: Final = re.compile(
    r"(?<![\w.-])(?:(?:shuffle|spill(?:ed)?|broadcast|block|internal|intermediate|cached|rdd)"
    r"(?: (?:data|files?|blocks?|output|variables|traffic|and|spill(?:ed)?|shuffle|broadcast))+|(?P<format>parquet|orc|avro)(?:[ -](?:files?|output|outputs|tables?|data|datasets?|writes?|writers?|dateien|daten|tabellen))?)(?![\w.])"
)


def _formats(text: str) -> list[tuple[int, int, str]]:
    """``Parquet with zstd``: a file format in a sentence with a codec stands for how its files are compressed."""
    found, start = [], 0
    for end in [*(match.start() for match in re.finditer(r"[.;!?\n](?=\s|$)", text)), len(text)]:
        if _CODEC.search(text, start, end):
            for one in _FORMAT.finditer(text, start, end):
                name = f"spark.sql.{one['format']}.compression.codec" if one["format"] else "spark.io.compression.codec"
                found.append((*one.span(), name))
        start = end
    return found


@lru_cache(256)
def _properties_in(text: str) -> tuple[tuple[int, int, str], ...]:
    found: list[tuple[int, int, str]] = []
    taken = text
    for match in re.finditer(r"(?<![\w.])spark\.[a-z][\w.-]*\w", text):
        found.append((match.start(), match.end(), all_names().get(match[0], match[0])))
        taken = blanked(taken, match.start(), match.end())
    # The longest phrase at a place; of equals the one that comes first in the files.
    phrases = [
        (match.start() - match.end(), order, match.span(), name)
        for order, (pattern, name) in enumerate(lexicon.PROPERTIES)
        for match in pattern.finditer(taken)
    ]
    for _, _, (start, end), name in sorted(phrases):
        if all(end <= begin or stop <= start for begin, stop, _ in found):
            found.append((start, end, name))
    formats = [one for one in _formats(taken) if all(one[1] <= begin or stop <= one[0] for begin, stop, _ in found)]
    return tuple(sorted([*found, *formats]))


def without_nominal(text: str) -> str:
    """The text without acts that are spoken of: ``switching on speculation`` says nothing yet."""
    return whole("nominal").sub(lambda match: " " * len(match[0]), text)
