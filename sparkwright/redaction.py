"""Text and properties without secrets: nothing reaches the lake, a log line or a prompt before it went through here.

Patterns err on the side of hiding: a value that only looks like a secret is no loss, a leaked one is.
"""

import re
from collections.abc import Mapping

REDACTED = "*********(redacted)"  # what Spark itself writes: org.apache.spark.util.Utils.REDACTION_REPLACEMENT_TEXT

# Spark's own default of spark.redaction.regex is (?i)secret|password|token|access[.]?key; the rest are names seen in
# properties of cloud connectors.
_SECRET_NAME = (
    r"secret|passw(?:or)?d|passphrase|pwd|token|credential|access[._-]?key|account[._-]?key|api[._-]?key|"
    r"private[._-]?key|\bsas\b|fs\.azure\.sas"
)
_VALUE = (
    r"(?!\*{9})(?:\\\"(?:[^\"\\]|\\[^\"]){0,4096}\\\"|\"(?:[^\"\\]|\\.){0,4096}\"|'[^'\n]{0,4096}'|"
    r"[^\s&;,\"'<>(){}\[\]]{1,4096})"
)
_SECRET_KEY = re.compile(_SECRET_NAME, re.IGNORECASE)

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # PEM blocks, whole or cut off.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REDACTED),
    # scheme://user:password@host; the user alone is a token for some services, so both go.
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,30}://)[^\s/?#@\"']{1,512}@(?=[\w.\[-])"), rf"\1{REDACTED}@"),
    # Oracle: jdbc:oracle:thin:user/password@host
    (re.compile(r"(?i)\b(jdbc:[a-z:]{1,40}:)[^\s/@:\"']{1,128}/[^\s@\"']{1,256}@"), rf"\1{REDACTED}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"), rf"\1 {REDACTED}"),
    # JDBC properties: a value reaches to the next semicolon and may hold blanks.
    (
        re.compile(rf"(?i)(;\s*[\w.\-]{{0,64}}(?:{_SECRET_NAME})[\w.\-]{{0,64}}\s*=\s*)[^;\n\"']{{1,1024}}"),
        rf"\1{REDACTED}",
    ),
    # name=value, name: value and --name value in JSON, URL queries, properties, command lines, log lines.
    (
        re.compile(
            rf"(?i)((?:(?:{_SECRET_NAME})[\w.\-]{{0,64}}|x-(?:amz|goog)-(?:signature|credential)|\bsig)"
            r"\\?[\"']?\s{0,4}[=:]\s{0,4})" + _VALUE
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(rf"(?i)(--?[\w.\-]{{0,64}}(?:{_SECRET_NAME})[\w.\-]{{0,64}}\s{{1,4}}){_VALUE}"), rf"\1{REDACTED}"),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), REDACTED),  # AWS access key ids
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"), REDACTED),  # JSON web tokens
    (re.compile(r"\b(?:gh[pousr]_\w{20,}|dapi[0-9a-f]{32}|hf_\w{20,}|xox[abprs]-[\w-]{10,})"), REDACTED),  # API tokens
)


def redact_text(text: str) -> str:
    """The text without passwords, keys and tokens, and without characters no table can hold."""
    text = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_properties(properties: Mapping[str, str], *, max_value_length: int = 4000) -> dict[str, str]:
    """Properties by name; secret values hidden, the others redacted as text and cut to a bounded length."""
    return {
        redact_text(name): REDACTED
        if _SECRET_KEY.search(name) and value
        else redact_text(value[: 2 * max_value_length])[:max_value_length]
        for name, value in sorted(properties.items())
    }
