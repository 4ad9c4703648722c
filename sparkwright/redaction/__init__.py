"""Hide secrets in text and properties: nothing reaches the lake, a log line or a prompt without passing through here.

Patterns err on the side of hiding: hiding a value that only looks like a secret costs nothing, leaking one does.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from sparkwright.redaction.names import SECRET_NAME, is_secret_property

REDACTED = "*********(redacted)"  # what Spark itself writes: org.apache.spark.util.Utils.REDACTION_REPLACEMENT_TEXT

SEEN_LENGTH = 4096
"""How far beyond a cut redaction looks, so that a secret split by the cut is still recognised."""

_NAME = rf"(?:(?:{SECRET_NAME})(?:[\w.]|-(?!>)){{0,128}}+|\bsig)"
# name=value, name: value, name -> value, (name,value), "name", "value".
_SEPARATOR = r"(?:\\?[\"'`]?\s{0,4}(?:->|=>|[=:])\s{0,4}|\\?[\"'],\s{0,4}(?=\\?[\"'])|,(?=\S))"
# The quote stays, so that JSON stays valid; a value whose end was cut off extends to the end of the text.
_QUOTED = (
    r"(?:(\\[\"'])(?!\*{9})(?:\\\\\\[\"']|\\[^\"']|[^\"'\\])+"
    r"|(\")(?!\*{9})(?:[^\"\\]|\\.)+|(')(?!\*{9})(?:[^'\\\n]|\\.)+)"
)
_BARE = r"(?!\*{9}|\\?[\"'])(?:[^\s\"'&<>\\]|\\(?![\"']))+"
_NAMED = re.compile(rf"(?i){_NAME}=({_BARE})")
_HINT = re.compile(rf"{SECRET_NAME}|\bsig|\bidentified", re.IGNORECASE)

_Patterns = tuple[tuple[re.Pattern[str], str], ...]

_IN_ADDRESSES: _Patterns = (
    # scheme://user:password@host, also with a slash in the password.
    (
        re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,30}://)[^\s:/?#@\"<>]{0,256}:[^\s\"<>]{1,2048}@(?=[\w.\[-])"),
        rf"\1{REDACTED}@",
    ),
    # The same if the text ends before the host; but not scheme://host:port.
    (
        re.compile(
            r"(?i)\b([a-z][a-z0-9+.-]{1,30}://)(?!\*{9})[^\s:/?#@\"<>\[]{1,256}:(?!\d{1,5}(?:[^\w@]|$))(?!//)[^\s/?#\"<>]+"
        ),
        rf"\1{REDACTED}",
    ),
    # scheme://user@host: for some services the user alone is a token.
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,30}://)(?!\*{9})[^\s/?#@\"'<>]{1,512}@(?=[\w.\[-])"), rf"\1{REDACTED}@"),
    # user:password@host without a scheme, if the host is a name with dots.
    (
        re.compile(
            r"(?i)(?<![\w/:.@+-])[\w.+-]{1,64}:[^\s:@/\"'<>,;()]{3,128}@(?=[a-z0-9][\w-]{0,62}\.[\w.-]{0,200}[a-z])"
        ),
        f"{REDACTED}@",
    ),
    # Oracle: jdbc:oracle:thin:user/password@host
    (re.compile(r"(?i)\b(jdbc:[a-z:]{1,40}:)[^\s/@:\"']{1,128}/[^\s\"]{1,512}@"), rf"\1{REDACTED}@"),
)
_BEHIND_NAMES: _Patterns = (
    # JDBC properties: a value extends to the next semicolon and may hold spaces; or it holds semicolons and no spaces.
    (
        re.compile(
            rf"(?i)(;\s*[\w.\-]{{0,64}}(?:{SECRET_NAME})[\w.\-]{{0,64}}\s*=)(?!\s*\*{{9}})[^;\n\"']+[^\s\"'&<>]*"
        ),
        rf"\1{REDACTED}",
    ),
    # "name": {...}, "name": [...]: up to the closing bracket, or to the end of the line if more is nested.
    (
        re.compile(
            rf"(?i)({_NAME})(\\?[\"'`]?)(\s{{0,4}}(?:->|=>|[=:])\s{{0,4}})"
            r"(?:\{[^{}\[\]\n]*+\}|\[[^{}\[\]\n]*+\]|[{\[][^\n]*)"
        ),
        rf"\1\2\3\2{REDACTED}\2",
    ),
    (re.compile(rf"(?i)({_NAME}{_SEPARATOR}){_QUOTED}"), rf"\1\2\3\4{REDACTED}"),
    (re.compile(rf"(?i)({_NAME}{_SEPARATOR}){_BARE}"), rf"\1{REDACTED}"),
    # --name value; in SQL OPTIONS (password 'value'), IDENTIFIED BY 'value'; but "token 'x'" is a parser's complaint.
    (re.compile(rf"(?i)((?<![\w.\-])--?[\w.\-]{{0,64}}{_NAME}\s{{1,4}}){_QUOTED}"), rf"\1\2\3\4{REDACTED}"),
    (re.compile(rf"(?i)((?<![\w.\-])--?[\w.\-]{{0,64}}{_NAME}\s{{1,4}}){_BARE}"), rf"\1{REDACTED}"),
    (
        re.compile(rf"(?i)((?:(?!\btoken){_NAME}[\"'`]?|\bidentified\s+(?:with\s+\S+\s+)?by)\s{{1,4}}){_QUOTED}"),
        rf"\1\2\3\4{REDACTED}",
    ),
    # XML: <password>value</password>, <name>x.password</name><value>value</value>
    (re.compile(rf"(?i)({_NAME}(?:</name>\s*<value)?>)(?!\s*\*{{9}})[^<]+"), rf"\1{REDACTED}"),
)
_BY_THEMSELVES: _Patterns = (
    # PEM blocks, whole or cut off.
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
            re.DOTALL,
        ),
        REDACTED,
    ),
    (
        re.compile(
            r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(\\?[\"']?\s{0,4}[=:]\s{0,4}\\?[\"']?)(?!\s*\*{9})[^\n\"'\\]+"
        ),
        rf"\1\2{REDACTED}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"), rf"\1 {REDACTED}"),
    # Formats that are recognised without a name, even if cut off: AWS access key ids; JSON web tokens; API tokens of
    # GitHub, GitLab, Databricks, Hugging Face, Slack, Google, Stripe, SendGrid, OpenAI, npm, PyPI, Vault, and ours.
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{4,}\b"), REDACTED),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*)*"), REDACTED),
    (
        re.compile(
            r"\b(?:gh[pousr]_\w{6,}|github_pat_\w{6,}|glpat-[\w-]{6,}|dapi[0-9a-f]{8,}|hf_\w{8,}|xox[abeprs]-[\w-]{6,}"
            r"|xapp-[\w-]{6,}|ya29\.[\w-]{6,}|AIza[\w-]{8,}|GOCSPX-[\w-]{6,}|[sr]k_(?:live|test)_\w{6,}"
            r"|SG\.[\w-]{12,}\.[\w-]*|sk-(?:[a-z]+-)?[A-Za-z0-9]{16,}[\w-]*|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{16,}"
            r"|hvs\.[\w-]{12,}|spw_[0-9a-f]{8}_[\w-]*)"
        ),
        REDACTED,
    ),
    # Addresses that are themselves secrets, and the key of an Azure storage account.
    (re.compile(r"(?i)(\bhooks\.slack\.com/(?:services|workflows)/)[\w/]+"), rf"\1{REDACTED}"),
    (re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/]{86}==(?![\w=])"), REDACTED),
)


class Redact(Protocol):
    """Hides secrets in a text, as :func:`redact_text` does."""

    def __call__(self, text: str, max_length: int | None = None, /) -> str:
        """The text without secrets."""


def redact_text(text: str, max_length: int | None = None) -> str:
    """The text without passwords, keys and tokens, and without characters that no table can hold.

    Args:
        text: Text that may hold secrets.
        max_length: Length to cut to; a secret that the cut would split, and so disguise, is hidden completely.
    """
    if max_length is not None and len(text) > max_length + SEEN_LENGTH:
        text = _whole_words(text[: max_length + SEEN_LENGTH], max_length)
    return (_remembered(text) if len(text) <= _REMEMBERED_LENGTH else _redacted(text))[:max_length]


def _redacted(text: str) -> str:
    text = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    # Most texts hold none of the names: one search spares them most of the patterns.
    patterns = [
        *_BY_THEMSELVES,
        *(_BEHIND_NAMES if _HINT.search(text) else ()),
        *(_IN_ADDRESSES if "@" in text or "://" in text else ()),
    ]
    for pattern, replacement in patterns:
        text = pattern.sub(replacement, text)
    return text


def named_secrets(text: str) -> list[str]:
    """The values that follow a secret's name in a text, as in ``--conf x.password=value``."""
    return [match[1] for match in _NAMED.finditer(text)]


# Names of properties and stages and most values repeat in thousands of rows: redacting each of them took half of what
# a log with many stages takes after it has been read.
_REMEMBERED_LENGTH = 8192
_remembered = lru_cache(maxsize=1024)(_redacted)


def redact_properties(properties: Mapping[str, str], *, max_value_length: int = 4000) -> dict[str, str]:
    """The properties, sorted by name, with secret values hidden and all others redacted as text and cut to length."""
    return {
        redact_text(name): REDACTED if value and _is_secret(name, value) else redact_text(value, max_value_length)
        for name, value in sorted(properties.items())
    }


def _is_secret(name: str, value: str) -> bool:
    short = len(name) + len(value) <= _REMEMBERED_LENGTH
    return _remembered_secret(name, value) if short else is_secret_property(name, value)


_remembered_secret = lru_cache(maxsize=1024)(is_secret_property)


def _whole_words(text: str, at_least: int) -> str:
    """The text up to its last space, quote or separator, since a word that was cut is not recognised any more."""
    return text[: max(at_least, *(text.rfind(mark) + 1 for mark in " \t\n\"',;&"))]
