"""Which properties are secrets by their names, and which values under such a name are not."""

import math
import re
from collections import Counter

# Spark's default for spark.redaction.regex is (?i)secret|password|token|access[.]?key; the rest are names from
# properties of cloud connectors and from the headers and addresses of their requests.
_LONG_NAMES = (
    r"secret|passw(?:or)?d|pass[._-]?(?:phrase|code)|pwd|token|credential|signature|"
    r"(?:access|account|api|app|client|encryption|license|master|private|shared|signing|ssh|storage)[._-]?key|"
    r"fs\.azure\.sas"
)
# Short names must be whole words, as in `my.pin`, `db_pass`, `userPin`; else `spinning` and `compass` would be secrets.
_SHORT = r"pin|pass|sas|otp|pat|psk"
_SHORT_NAMES = (
    rf"(?<![a-z])(?:{_SHORT})(?![a-z])|(?-i:(?<=[a-z0-9])(?:Pin|Pass|Sas|Otp|Pat|Psk|PIN|SAS|OTP|PAT|PSK))(?![a-z])"
)
SECRET_NAME = f"{_LONG_NAMES}|{_SHORT_NAMES}"
"""Part of a pattern that ignores case."""

_SECRET = re.compile(SECRET_NAME, re.IGNORECASE)
# Names that may hold a secret: the value has to look like one, too.
_PERHAPS = re.compile(
    r"(?<![a-z])(?:key|auth|authn|salt|session|cookie|webhook|jwt|cert|seed|bearer)s?(?![a-z])", re.IGNORECASE
)
_CLASSES = re.compile(r"\s*(?:[a-z_][a-z0-9_]*\.)+[A-Z]\w*(?:\s*[,:]\s*(?:[a-z_][a-z0-9_]*\.)+[A-Z]\w*)*\s*")
_FLAG = re.compile(r"\s*(?:true|false)\s*", re.IGNORECASE)
_PATH_NAME = re.compile(r"(?:file|path|dir|directory|location)s?$", re.IGNORECASE)
_PATH = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?/[^\s?@=&]*\s*", re.IGNORECASE)
_RANDOM = re.compile(r"[A-Za-z0-9+/_=~-]{16,512}")
_TURNS = re.compile(r"[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])")
_MIN_TURNS = 4
"""Changes from letter to digit and back: a date after a word has one or two."""
_MIN_ENTROPY = 3.2
"""Bits per character: 32 random hexadecimal characters have about 3.5, base64 more; words and ids have less."""


def is_secret_name(name: str) -> bool:
    """Whether a property of this name is a secret."""
    return _SECRET.search(name) is not None


def is_secret_property(name: str, value: str) -> bool:
    """Whether a property is a secret, by its name alone or by its name and value.

    Flags and classes under a secret's name are not secrets (``credentials.provider``), nor are paths under the name of
    a file.
    """
    if is_secret_name(name):
        is_path = _PATH_NAME.search(name) and _PATH.fullmatch(value)
        return not (_FLAG.fullmatch(value) or _CLASSES.fullmatch(value) or is_path)
    return _PERHAPS.search(name) is not None and looks_random(value)


def looks_random(text: str) -> bool:
    """Whether a text looks randomly generated: one long word of mixed letters and digits."""
    return (
        _RANDOM.fullmatch(text) is not None
        and len(_TURNS.findall(text)) >= _MIN_TURNS
        and _entropy(text) >= _MIN_ENTROPY
        and _PATH.fullmatch(text) is None
    )


def _entropy(text: str) -> float:
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
