"""Properties that are said to be on, off, forbidden, or to be one of some words."""

import re
from typing import Final

from data_contracts.policy_properties import kind_of
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.said import Part, Said

_SERIALIZERS: Final = {
    r"\bkryo(?:serializer)?\b": "org.apache.spark.serializer.KryoSerializer",
    r"\bjava(?:serializer| serialization| serializer)?\b": "org.apache.spark.serializer.JavaSerializer",
}
_CODECS: Final = re.compile(r"\b(zstd|snappy|lz4|lzf|gzip|brotli|none|uncompressed)\b")
_MODES: Final = re.compile(r"\b(fair|fifo)\b")
_DEPLOY: Final = re.compile(r"\b(cluster|client)\b(?: mode)?")
_NOT_SET = re.compile(
    r"\b(?:set|specif\w+|overrid\w+|chang\w+|touch\w*|configur\w+|tun\w+|pass\w*|custom\w*|gesetzt|setzen|geandert|definir|definid\w+|modifi\w+|cambia\w*|establec\w+|redefin\w+|used?|using|own)\b"
)


def read_switch(name: str, text: str, rest: str, said: Said) -> None:
    """What a part of a sentence says of a property without a number.

    Args:
        name: The property.
        text: The whole part, folded.
        rest: What follows the property, up to the next one.
        said: It is added to.
    """
    kind = kind_of(name).kind
    if name.endswith(".enabled"):
        kind = "flag"
    switch = lexicon.SWITCH_OF.get(name, name)
    forbids, requires = bool(lexicon.FORBID.search(text)), bool(lexicon.REQUIRE.search(text))
    off, on = bool(lexicon.OFF.search(text)), bool(lexicon.ON.search(_without_on(text)))
    if value := _word(name, text):
        if forbids and not _is_kept(text):
            said.forbid(name, value, *(_CODECS.findall(text) if value in _CODECS.findall(text) else []))
        else:
            said.require(name, value)
        return
    if kind_of(switch).kind == "flag" or kind == "flag":
        _read_flag(switch, text, said, forbids=forbids, requires=requires, on=on, off=off)
        return
    if forbids and re.search(
        r"\b(?:too|exceed\w*|above|below|over|under|more|less|larger|smaller|higher|lower|uber\w*|depass\w*|super\w*)\b",
        text,
    ):
        said.ask("bounds", f"which value is meant for {name}?")
    elif forbids:
        said.forbid(name)
    elif re.search(lexicon.MAX, text) or requires:
        part: Part = "bounds" if kind in {"size", "count", "factor", "time"} else "requires"
        said.ask(part, f"which value is meant for {name}?")


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


def _is_kept(text: str) -> bool:
    return bool(re.search(r"\b(?:only|nothing but|no other(?: \w+)? than|nothing other than|must always)\b", text))


def _without_on(text: str) -> str:
    """``on`` before an article is a place, not a state."""
    return re.sub(r"\bon (?=the|a|an|any|all|every|yarn|kubernetes)\b", " ", text)


def _word(name: str, text: str) -> str:
    """The word that a property is said to be."""
    if name == "spark.serializer":
        for pattern, value in _SERIALIZERS.items():
            if re.search(pattern, text):
                return value
        match = re.search(r"\b[\w$]+(?:\.[\w$]+){2,}\b", text.replace(name, ""))
        return match[0] if match else ""
    if name.endswith("codec") or "compression" in name:
        match = _CODECS.search(text)
        return match[1] if match else ""
    if name == "spark.scheduler.mode":
        match = _MODES.search(text)
        return match[1].upper() if match else ""
    if name == "spark.submit.deployMode":
        match = _DEPLOY.search(text)
        return match[1] if match else ""
    return ""
