"""Properties that are said to be on, off, forbidden, or to be one of some words."""

import re
from typing import Final

from data_contracts.properties.policy import kind_of
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.named import is_switch
from sparkwright.policy.language.said import Part, Said
from sparkwright.policy.language.vocabulary import cued

_WORD_ENDS: Final = r"(?!\w|-(?!(?:compress|komprim|kodier|encod|cod|mod|sched|plan)))"
_SERIALIZERS: Final = {
    r"\bkryo(?:serializer)?\b": "org.apache.spark.serializer.KryoSerializer",
    r"\bjava(?:serializer| serialization| serializer)?\b": "org.apache.spark.serializer.JavaSerializer",
}
_CODECS: Final = "zstd|snappy|lz4|lzf|gzip|brotli|none|uncompressed|zlib|lzo"
_LEVELS: Final = "all|debug|error|fatal|info|off|trace|warn"
VALUES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "codec": (_CODECS, {}),
    "spark.scheduler.mode": ("fair|fifo", {"fair": "FAIR", "fifo": "FIFO"}),
    "spark.submit.deployMode": ("cluster|cliente?", {"cliente": "client"}),
    "spark.log.level": (_LEVELS, {one: one.upper() for one in _LEVELS.split("|")}),
    "spark.sql.catalogImplementation": ("hive|in-memory", {}),
    "spark.sql.sources.default": ("parquet|orc|delta|iceberg|avro|csv|json|text|hudi", {}),
    "artitionOverwriteMode": ("static|dynamic", {}),
    "pullPolicy": ("always|ifnotpresent|never", {"always": "Always", "ifnotpresent": "IfNotPresent", "never": "Never"}),
}
"""By the end of a property's name: the words that are its values, and how Spark spells them where not so."""
_PLACE: Final = re.compile(
    r"(?P<state>\b(?:turn\w*|switch\w*|be|is|are|stays?|remains?|keep|kept|left|set|always|put) )?"
    r"(?:\b(?:from now|later|early|so|based|depend\w*|from today) on\b"
    r"|\bon (?=\w)(?!(?:for|in|when|during|at|by|everywhere|always|and|or|only|as|if|with|while|unless|until|also|too)\b))"
)
_PATH: Final = re.compile(
    r"(?<!\S)(?:\w+:/{1,3}[\w.-]*\w/?(?=[,.;)]*(?:\s|$))|(?:\w+:)?/{0,3}[\w-]+(?:[.:][\w-]+)*(?:/[\w.:-]*\w)+/?(?=[,.;:)]*(?:\s|$)))"
)
"""A path, an address, an image of a registry."""
_OR_OTHERS: Final = r"(?:or|oder|ou|o|and|und) (?:higher|above|stricter|quieter|lower|below|better|newer|hoher|strenger|superieur|plus|superior|mas)"
"""``WARN or higher``: one of several."""
_NOT_SET = re.compile(
    r"\b(?:set|specif\w+|overrid\w+|chang\w+|touch\w*|configur\w+|tun\w+|pass\w*|custom\w*|gesetzt|setzen|geandert|definir|definid\w+|modifi\w+|cambia\w*|establec\w+|redefin\w+|used?|using|own)\b"
)


def read_switch(name: str, text: str, said: Said, around: str = "") -> None:
    """What a part of a sentence says of a property without a number.

    Args:
        name: The property.
        text: Its name and what is said of it, folded.
        said: It is added to.
        around: The sentence, where the value may stand.
    """
    kind = kind_of(name).kind
    switch = lexicon.SWITCH_OF.get(name, name)
    forbids, requires = (
        bool(lexicon.FORBID.search(text) or cued("denied").search(text)),
        bool(lexicon.REQUIRE.search(text)),
    )
    off, on = bool(lexicon.OFF.search(text)), bool(lexicon.ON.search(without_on(text)))
    if values := _words(name, around or text):
        wanted = _wanted(values, around or text)
        if wanted and len(wanted) < len(values):  # `gzip is out, use zstd`
            said.require(name, wanted[0])
            return
        if forbids and not _is_kept(text, around, values):
            said.forbid(name, *values)
        elif len(values) > 1 and _are_choices(values, around or text):
            said.ask_which(name, values)
        elif re.search(rf"\b{re.escape(values[0].lower())} {_OR_OTHERS}\b", around or text):
            said.ask_which(name, [*values, "another"])
        else:
            said.require(name, values[0])
        return
    if is_switch(switch):
        _read_flag(switch, text, said, forbids=forbids, requires=requires, on=on, off=off)
        return
    if forbids and re.search(
        r"\b(?:too|exceed\w*|above|below|over|under|(?<!any )(?<!no )more|less|larger|smaller|higher|lower|uber\w*|depass\w*|super\w*)\b",
        text,
    ):
        said.open.append(("bounds", name))
    elif forbids:
        said.forbid(name)
    elif cued("most").search(text) or requires:
        part: Part = "bounds" if kind in {"size", "count", "factor", "time"} else "requires"
        said.open.append((part, name))


def _read_flag(name: str, text: str, said: Said, *, forbids: bool, requires: bool, on: bool, off: bool) -> None:
    if forbids:
        if (
            _NOT_SET.search(text)
            and re.search(
                r"\b(?:set|specif\w+|overrid\w+|chang\w+|touch\w*|configur\w+|modifi\w+|setzen|gesetzt|geandert)\b",
                text,
            )
            and not (on or off)
        ):
            said.forbid(name)
        else:
            # `may not be turned off` forbids false, `may not be on` and `is forbidden` forbid true.
            said.forbid(name, "false" if off else "true")
        return
    if off:
        said.require(name, "false")
    elif on or requires or re.search(r"\b(?:need|want)\w*\b", text):
        said.require(name, "true")


def _is_kept(text: str, around: str, values: list[str]) -> bool:
    """Whether what is said forbids all others: ``nobody may use anything but zstd``."""
    alone = rf"\b(?:only|nur|uniquement|seulement|solo|solamente)\s+(?:\w+ )?[\"'`]?{re.escape(values[0].lower())}\b"
    return bool(re.search(r"\b(?:only|no other(?: \w+)? than|must always)\b", text) or re.search(alone, around))


def _wanted(values: list[str], text: str) -> list[str]:
    """Of several values those in a clause that demands, where others stand in one that forbids."""
    clauses = re.split(r"[,;:](?=\s)", text)
    wanted, denied = [], False
    for value in values:
        clause = next((one for one in clauses if re.search(rf"(?<![\w-]){re.escape(value.lower())}(?![\w-])", one)), "")
        is_denied = lexicon.FORBID.search(clause) or cued("denied").search(clause)
        denied = denied or bool(is_denied)
        if not is_denied and lexicon.REQUIRE.search(clause):
            wanted.append(value)
    return wanted if denied else []


def _are_choices(values: list[str], text: str) -> bool:
    """``zstd or snappy``, ``zstd and lz4`` where only those are allowed."""
    first, second = (re.escape(one.lower()) for one in values[:2])
    joint = rf"(?:[\s,]+(?:\S+,\s*)*|\W*)(?:/|{cued('or_').pattern}|{cued('and_').pattern})\W*"
    return bool(re.search(rf"\b{first}{joint}{second}\b", text))


def values_in(name: str, text: str) -> list[re.Match[str]]:
    """Where the words stand that a property may be, for those that may be some words only."""
    patterns = [pattern for end, (pattern, _) in VALUES.items() if name.endswith(end)]
    return [match for pattern in patterns for match in re.finditer(rf"(?<![\w.-])({pattern}){_WORD_ENDS}", text)]


def without_on(text: str) -> str:
    """``on`` before a noun is a place, not a state; ``from now on`` is neither."""
    return _PLACE.sub(lambda match: match[0] if match["state"] else " ", text)


def _words(name: str, text: str) -> list[str]:
    """The words that a property is said to be, as Spark spells them."""
    if name == "spark.serializer":
        for pattern, value in _SERIALIZERS.items():
            if re.search(pattern, text):
                return [value]
        match = re.search(r"\b[\w$]+(?:\.[\w$]+){2,}\b", text.replace(name, ""))
        return [match[0]] if match else []
    bare = re.sub(rf"(?<![\w.]){re.escape(name.lower())}(?!\w)", " ", text)
    for end, (pattern, spelt) in VALUES.items():
        if name.endswith(end):
            return list(
                dict.fromkeys(spelt.get(one, one) for one in re.findall(rf"(?<![\w.-])({pattern}){_WORD_ENDS}", bare))
            )
    if kind_of(name).kind == "text" and (path := _PATH.search(bare)):
        return [path[0].rstrip(".,;")]
    return []
