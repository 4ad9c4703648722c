"""A text as words, numbers and marks, each with its place in the text.

Folding keeps the length: the n-th folded character stands for the n-th character of the text, so a span of one is a
span of the other.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

TokenKind = Literal["word", "number", "clock", "mark", "break", "opaque", "cron", "iso_duration"]

_PLAIN = dict(zip("’‘`´–−‑ı—：，。、；％\u00a0\u202f“”„«»łøđß", '\'\'\'\'---i;:,.,;%  """""lods', strict=True))


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text.

    Attributes:
        text: Folded: lower case, without accents.
        start: Of its span in the text, in characters.
        end: One past its last character.
        is_glued: Whether it follows the token before without anything between.
        is_name: Whether it is a word with a capital letter in the midst of a sentence.
    """

    kind: TokenKind
    text: str
    start: int
    end: int
    is_glued: bool = False
    is_name: bool = False


@lru_cache(4096)
def _folded_letter(letter: str) -> str:
    if letter in _PLAIN:
        return _PLAIN[letter]
    is_whole = "\u3040" <= letter <= "\u30ff" or "\uac00" <= letter <= "\ud7a3"  # kana and hangul are no accents
    base = letter if is_whole else unicodedata.normalize("NFKD", letter)[:1]
    return _PLAIN.get(base, base.lower()[:1]) or letter


def without_markup(text: str) -> str:
    """The text with spaces instead of tags and of what is struck through, each place kept: ``~~2 h~~ 3 h``."""
    return _MARKUP.sub(lambda found: " " * len(found.group()), text)


_MARKUP = re.compile(r"~~[^~\n]{1,80}~~|</?(?:b|i|u|em|strong|p|br|li|td|tr|th|span)\s?/?>", re.IGNORECASE)


def composed(text: str) -> str:
    """The text with every letter as one character (NFC): what spans point into."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case, without accents, with ASCII quotes and dashes; as long as the text."""
    return "".join(map(_folded_letter, text))


_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_VERSIONED = "spark|python|scala|java|hadoop|hive|delta|airflow|jdk|pyspark|iceberg|hudi|cuda|k8s|kubernetes|emr|dbr"
_NAMED = (
    "called|named|name|app|job|pipeline|table|titled|namens|heisst|name ist|tabelle|appelee?|nomme|llamad[oa]"
    "|chiamat[oa]|chamad[oa]|genaamd|o nazwie|名为|という"
)
_NO_UNIT = r"(?!\s?(?:[gtmkp]i?b|gpu|%|min|h\b|hour|std|:))(?![\w%])"
_OPAQUE = rf"""
    <!--.{{0,400}}?-->                                              # what a page does not show
  | (?<![a-z0-9+])[a-z0-9+]+://\S+ | (?<![\w.+-])[\w.+-]+@[\w-]+\.\w+  # addresses
  | <[a-z]+>[^<\n]{{0,300}}</[a-z]+> | </?[a-z]+>\s?\{{[^\n]{{0,300}}\}}  # what pretends to be another's turn
  | \[[a-z]+\][^\[\n]{{0,300}}\[/[a-z]+\]
  | ["'][\w.:/-]*[-_./][\w.:/-]*["']                            # quoted names
  | (?:{_NAMED})[ :]+["'][^"'\n]{{1,80}}["']
  | (?<!\S)--[a-z][\w-]*(?:[ =]\d[\w.]*)?                        # options of a command, with a number as their value
  | (?<![\w.])[a-z]+(?:\.[a-z_]\w*){{2,}}  # spark.executor.memory=16g
    (?:\s?=\s?[\w.]+|\ (?:is|to|at|auf|von|steht\ auf|est|es)\ \d[\w.]*)?
  | (?<!\w)[^\W_]*_\w+(?:[.-]\w+)*                              # snake_case
  | (?<![\w/])/\w[\w.-]*(?:/[\w.*-]+)+                           # paths
  | (?<!\w)(?!(?:tier|sev|prio|priority|level)-)[a-z]{{2,}}\d*-\d+(?:-\d+)*(?![\w%]|\s?(?:gpu|%))       # tickets
  | (?<!\w)\d{{4}}-\d{{2}}-\d{{2}}(?:[t ]\d\d:\d\d(?::\d\d)?z?)? | (?<![\w/])\d{{1,2}}/\d{{1,2}}/\d{{2,4}}(?!\w)
  | (?<!\w)v(?!100)\d+(?:\.\d+)*(?!\w)
  | (?<![\w.])\d+\.\d+\.\d+(?:\.\d+)*(?!\.?\d)(?!\w) | \#\d+  # versions, issues
  | (?<!\w)(?:{_VERSIONED})[ -]?(?:version\ |v\.?\ ?)?\d+(?:\.\d+)*(?:\.x)?{_NO_UNIT}
  | (?<!\w)runtime\ \d+\.\d+{_NO_UNIT}                            # of Databricks: "runtime 30" is a limit
"""
_TOKEN = re.compile(
    rf"""
    (?P<cron>
        (?<![^\s("'=:])(?=[^a-z]*\*)(?:[\d*/,-]+[ ]){{4}}[\d*/,-]+(?![\w*/])
      | (?<!\w)@(?:hourly|daily|weekly|monthly|yearly|once)\b)
  | (?P<iso_duration>(?<!\w)p(?:\d+d)?t?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?<=\d[dhms])(?!\w))
  | (?P<opaque>{_OPAQUE})
  | (?P<clock>(?<![\d.,:])\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?!\d)
      | (?<![\d.,:])\d{{1,2}}\.\d{{2}}(?=\ ?(?:uhr|[ap]\.?m\b|u\b)))
  | (?P<number>\d{{1,3}}(?:[.,' ]\d{{3}})+(?:[.,]\d+)?(?!\d)
      | \d+(?:[.,]\d+)?(?:e[+-]?\d{{1,4}}(?!\w))? | (?<![\d\w])[.]\d+)
  | (?P<word>[{_CJK}]+ | (?:[ap]\.m|p\.a|i\.e|e\.g|z\.b|d\.h|m\.a\.w|t\.ex)(?!\w) | (?:(?![{_CJK}])[^\W\d_])+)
  | (?P<mark>[→⇒%‰$€£¥₹<>≤≥=+/:×~≈&@()½¼¾|*-])
  | (?P<break>[.,;!?\n]+|\.{{2,}}|\#{{2,}}|-{{2,}}(?!\w))
    """,
    re.VERBOSE,
)
_ABBREVIATED = {"max", "min", "approx", "ca", "incl", "std", "mio", "mrd", "prio", "mind", "inkl", "resp", "env"} | {
    *(
        "a.m",
        "p.a",
        "p.m",
        "i.e",
        "e.g",
        "z.b",
        "d.h",
        "m.a.w",
        "t.ex",
        "aprox",
        "maks",
        "godz",
        "ok",
        "tgl",
        "etc",
        "vs",
        "est",
        "hrs",
        "mins",
        "sec",
    ),
}
_TIMES_MODEL = re.compile(r"(?<=\d)x(?=[ahvtlbp]\d)")  # 2xA100
_SLANG = re.compile(r"(?<!\w)b4(?!\w)")  # before, as long as it
_FRACTIONS = {"½", "¼", "¾"}


def tokens(text: str) -> list[Token]:
    """The pieces of a composed text (:func:`composed`) in their order; spaces and apostrophes are left out.

    Names, paths, versions, dates and ticket ids are one ``opaque`` piece each: their digits say nothing. A hyphen
    within a word leaves two words.
    """
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    # Fractions would fold to their numerator.
    folded = "".join(letter if letter in _FRACTIONS else plain for letter, plain in zip(text, fold(text), strict=True))
    folded = _SLANG.sub("by", _TIMES_MODEL.sub(" ", folded))
    end_before, word_before, follows_number = -1, "", False
    for match in _TOKEN.finditer(folded):
        if match.group() == "-" and _joins_letters(folded, match.start()):
            continue
        is_abbreviation = match.group() == "." and word_before in _ABBREVIATED and match.start() == end_before
        if is_abbreviation and word_before == "ok":  # Polish "ok. 5 GB" is about 5 GB, "OK. Thanks" ends a sentence
            is_abbreviation = text[match.end() :].lstrip()[:1].isdigit()
        if is_abbreviation and not (follows_number and _opens_sentence(text, match.end())):
            continue
        follows_number = bool(word_before) and word_before[-1].isdigit()
        word_before = match.group()
        kind: TokenKind = match.lastgroup  # type: ignore[assignment]
        is_name = kind == "word" and _is_capitalised(text, match.start())
        yield Token(kind, match.group(), match.start(), match.end(), match.start() == end_before, is_name)
        end_before = match.end()


def _is_capitalised(text: str, at: int) -> bool:
    before = text[max(0, at - 2) : at]
    is_within = before[-1:] == " " and (before[:1].isalnum() or before[:1] in ",'’")
    return is_within and text[at].isupper() and text[at + 1 : at + 2].islower()


def _opens_sentence(text: str, at: int) -> bool:
    """Whether what comes next looks like a sentence of its own: ``2 hrs. 500 GB. On EKS``."""
    rest = text[at:].lstrip()
    return not rest or rest[0].isupper() or rest[0].isdigit()


def _joins_letters(text: str, at: int) -> bool:
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    return before.isalnum() and after.isalnum() and not (before.isdigit() and after.isdigit())
