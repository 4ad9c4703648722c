"""Hide what one application itself treats as secret, in addition to what the general patterns hide.

``spark.redaction.regex`` decides by names and values of properties; the value of a property that is secret by its name
is hidden wherever it reappears, such as in the message of a failed login.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from sparkwright.redaction import REDACTED, SEEN_LENGTH, named_secrets, redact_properties, redact_text
from sparkwright.redaction.names import is_secret_property

_REGEX = "spark.redaction.regex"
_DEFAULTS = {  # of Spark 2, 3 and 4: the general patterns are stricter
    "(?i)secret|password",
    "(?i)secret|password|token",
    "(?i)secret|password|token|access[.]key",
    "(?i)secret|password|token|access[.]?key",
    REDACTED,  # a regex that matches itself: Spark has hidden its matches, the regex included
}
_PAIR = re.compile(r"([\w.\-]{1,128})(\\?[\"']?\s{0,4}(?:->|[=:])\s{0,4}\\?[\"']?)([^\s\"'&<>\\]+)")
# A class that provides credentials is not a secret, and exceptions mention it.
_NO_SECRET = re.compile(rf"{re.escape(REDACTED)}|^(?:[a-z_]\w*\.)+[A-Z]\w*$")
_HARMLESS = re.compile(r"\d{1,18}(?:\.\d{1,9})?[a-z]{0,2}|true|false", re.IGNORECASE)
_SHORTEST = 6
"""Shorter values, such as ``admin``, would match in half of all texts."""


@dataclass(slots=True)
class OwnSecrets:
    """Hides what its application treats as secret; costs nothing for an application without secrets."""

    _regex: str = ""
    _is_usable: bool = True
    _values: list[str] = field(default_factory=list)

    def learn(self, properties: Mapping[str, str], command: str) -> None:
        """Learn the secrets in the application's properties and its driver's command line."""
        regex = properties.get(_REGEX, "").strip()
        self._regex = "" if regex in _DEFAULTS else regex
        self._is_usable = not self._regex or _is_usable(self._regex)
        named = [value for name, value in properties.items() if is_secret_property(name, value)]
        named += [secret for text in (command, *properties.values()) for secret in named_secrets(text)]
        named += [value for name, value in properties.items() if self._is_usable and self._is_own(name, value)]
        values = {value for value in named if len(value) >= _SHORTEST and not _NO_SECRET.search(value)}
        # The longest first, since one may contain another.
        self._values = sorted(values | {quote(value, safe="") for value in values}, key=len, reverse=True)

    def text(self, text: str, max_length: int | None = None) -> str:
        """The text without secrets; see :func:`sparkwright.redaction.redact_text`."""
        # Search before cutting, so that the cut splits no value.
        length = None if max_length is None else max_length + SEEN_LENGTH
        return self._without_own(redact_text(text, length))[:max_length]

    def properties(self, properties: Mapping[str, str]) -> dict[str, str]:
        """The properties without secrets; if RE2 rejects the regex, only numbers, sizes and flags remain."""
        return {
            self._without_own(name): REDACTED if value and self._is_own(name, value) else self._without_own(value)
            for name, value in redact_properties(properties).items()
        }

    def _without_own(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, REDACTED)
        if not self._regex:
            return text
        return _PAIR.sub(
            lambda pair: f"{pair[1]}{pair[2]}{REDACTED}" if self._is_own(pair[1], pair[3]) else pair[0], text
        )

    def _is_own(self, name: str, value: str) -> bool:
        """Whether the application's regex matches within a name or its value, as Spark applies it."""
        if not self._regex or name == _REGEX:
            return False
        if not self._is_usable:
            return not _HARMLESS.fullmatch(value)
        # RE2 takes linear time, whatever regex a log holds.
        return bool(pc.any(pc.match_substring_regex(pa.array([name, value]), self._regex)).as_py())


def _is_usable(regex: str) -> bool:
    """Whether RE2 accepts the regex; it rejects look-aheads, for example, and then anything may be a secret."""
    try:
        pc.match_substring_regex(pa.scalar(""), regex)
    except pa.ArrowInvalid:
        return False
    return True
