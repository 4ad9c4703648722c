"""Properties that stand with a value under Spark's own names: ``spark.ui.enabled must be false``."""

import re
from functools import cache
from typing import Final

from data_contracts.properties.policy import kind_of
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.named import is_switch
from sparkwright.policy.language.said import Said
from sparkwright.policy.language.text.misspelt import all_names
from sparkwright.policy.language.vocabulary import cued, literals, names, says, whole
from sparkwright.requirements.text.text import fold

_NAME: Final = r"(?P<name>spark\.[A-Za-z][\w.\-]*\w)"
_OTHER_NAME: Final = r"spark\.[A-Za-z][\w.\-]*\w"
_VALUE: Final = r"[\w.+\-/$*\[\]]+(?:[:@][\w.+\-/]+)*"
_QUOTES: Final = "\"'`“”„«»"
_JOIN: Final = r"(?:\s*,\s*(?:and |or |und |oder |et |ou |y |o )?|\s+(?:and|or|nor|und|oder|noch|et|ou|ni|y|o)\s+)"
_MORE_NEXT: Final = r"(?!\W*(?:more|less|fewer|higher|lower|larger|smaller|above|below|in|for|on|the|must|may|should|shall|is|are|spark)\b)"
_SAID_NEXT: Final = (
    rf"(?!\W*(?:{says('require')}|{says('refused')}|{says('firm')}|everywhere|thanks|thx|full stop|period)\b)"
)
_MOVED: Final = re.compile(r"\b(?:raise|increase|lower|reduce|keep)\w*\b")
_LIMITS: Final = re.compile(rf"\s+(?:is|as|ist|est|es) (?:\w+ )?(?:{cued('most').pattern}|{cued('least').pattern})")
_HAS_TO_BE: Final = re.compile(r"\b(?:be|equals?|to|sein|etre|ser|estar)\s*$")
_ENDS: Final = re.compile(
    r"\s*(?:$|[.,;:)!]|(?:for|in|on|at|during|when|by|and|from|fur|im|bei|pour|para|en|auf|sur|dans)\b)"
)
_MEASURED: Final = re.compile(
    r"\s+(?:[kmgt]i?b?\b|gigs?\b|gigabytes?\b|megabytes?\b|seconds?\b|minutes?\b|hours?\b|days?\b)|\s*"
    r"(?:(?:or|and) (?:more|less|fewer|higher|lower|larger|smaller|above|below|bigger|greater)|to|-|\.\.|at|max|min)\b"
)


@cache
def _assigned() -> re.Pattern[str]:
    be = rf"(?:(?:{says('modal')})(?: (?:{says('not')}))*|(?:{says('not')}))?\s*(?:(?:{says('be_set')})\s+)*(?:(?:{says('toward')})\s+)*"
    more = rf"(?:{_JOIN}{_MORE_NEXT}{_SAID_NEXT}[{_QUOTES}]?{_VALUE}[{_QUOTES}]?(?=\s*(?:$|[,.;]|\b(?:or|nor|and|in|for|on|is|are)\b)))*"
    return re.compile(
        rf"(?P<also>(?:{_OTHER_NAME}[{_QUOTES}]?\)?{_JOIN}(?:[^.;:,()\d]{{0,40}}\()?[{_QUOTES}]?)*)"
        rf"{_NAME}[{_QUOTES}]?\)?,?(?P<connector>\s*(?::?={{1,2}}|:(?=\s*\S))\s*|\s+{be}(?:a )?)"
        rf"[{_QUOTES}]?(?P<value>{_VALUE})[{_QUOTES}]?(?P<more>{more})(?P<refused>[ ,]*(?:(?:is|are|ist|est|es) )?(?:{says('refused')})(?!\w))?",
        re.IGNORECASE,
    )


@cache
def _values_of() -> re.Pattern[str]:
    """``the value hive is forbidden for spark.sql.catalogImplementation``."""
    one = rf"[{_QUOTES}]?{_VALUE}[{_QUOTES}]?"
    between = r"(?:(?!spark\.)[^.;:,\d])"
    return re.compile(
        rf"\b(?:{says('value_word')}) (?P<values>{one}(?:{_JOIN}{one})*)(?!\w)(?P<between>{between}{{0,60}}\b(?:for|of|in|as|fur|von|bei|pour|de|para|en)\s+(?:the property )?[{_QUOTES}]?){_NAME}",
        re.IGNORECASE,
    )


def take_assigned(written: str, said: Said) -> str:
    """Properties by Spark's own names, with a value: taken as they stand, in their own case."""
    # What stands in quotes with more words is a name, whatever it says.
    quoted = [
        one.span()
        for one in re.finditer(r"""(["'`])(?=[^"'`]*\s)[^"'`]{3,200}\1(?!\w)|[“„«][^”“»]*\s[^”“»]*[”“»]""", written)
    ]

    def take_values(match: re.Match[str]) -> str:
        name = all_names().get(match["name"].lower(), match["name"])
        values = [one.strip(_QUOTES + " ") for one in re.split(_JOIN, match["values"]) if one.strip(_QUOTES + " ")]
        if any(not _is_value(name, one, is_marked=True) for one in values):
            return match[0]
        after = fold(written[match.end() : match.end() + 60])
        before = re.split(r"[.;:,](?=\s)", fold(written[max(0, match.start() - 40) : match.start()]))[-1]
        if (
            lexicon.FORBID.search(fold(match["between"]))
            or lexicon.FORBID.search(before)
            or re.match(rf"[^.;]*?\b(?:{says('refused')})\b", after)
        ):
            said.forbid(name, *values)
        else:
            said.require(name, values[0])
        return " " * len(match[0])

    def take(match: re.Match[str]) -> str:
        if any(start < match.start() < end for start, end in quoted):
            return match[0]
        name, value = all_names().get(match["name"].lower(), match["name"]), match["value"].rstrip(".,;:")
        before = fold(written[max(0, match.start() - 80) : match.start()])
        after = fold(written[match.end() : match.end() + 40])
        joint = [all_names().get(one.lower(), one) for one in re.findall(_OTHER_NAME, match["also"])]
        connector = fold(match["connector"])
        is_marked = bool(
            re.search(
                rf"[={re.escape(_QUOTES)}]|\b(?:{says('value_word')})\b",
                match[0][match.end("name") - match.start() : match.start("value") - match.start()],
            )
        )
        is_bounded = kind_of(name).is_numeric and any(
            one.search(re.split(r"[.;](?=\s)", before)[-1])
            for one in (*map(cued, ("most", "least", "above", "below")), _MOVED)
        )
        is_sure = bool(_HAS_TO_BE.search(connector) and _ENDS.match(after))
        says_it = re.search(rf"=|\b(?:{says('modal')}|{says('be_set')}|{says('toward')})\b", connector)
        if ":" in connector and "=" not in connector:
            says_it = None if kind_of(name).is_numeric else re.match(":", connector.strip())
        if (
            not says_it
            or not _is_value(name, value, is_marked=is_marked, is_sure=is_sure)
            or re.match(rf"\s*(?:{says('not')}|of (?:these|them|those|the)|davon)\b", after)
            or is_bounded
            or _MEASURED.match(after)
            or (kind_of(name).is_numeric and _LIMITS.match(after))
        ):
            return match[0]
        refused = match["refused"]
        denied = re.search(rf"{lexicon.FORBID.pattern}[^.;,]*$", before) and not re.search(r"\bmust\b", connector)
        several = [one.strip(_QUOTES + " ") for one in re.split(_JOIN, value + match["more"])]
        is_open = len(several) > 1 and all(_is_value(name, one, is_marked=is_marked) for one in several)
        is_denied = bool(lexicon.FORBID.search(connector) or denied or refused)
        for one in (*joint, name):
            if is_denied:
                said.forbid(one, *several)
            elif is_open:
                said.ask_which(one, several)
            else:
                said.require(one, value)
        if not is_denied and not is_open:
            return " " * (match.end("value") - match.start()) + written[match.end("value") : match.end()]
        return " " * len(match[0])

    return _assigned().sub(take, _values_of().sub(take_values, written))


def _is_value(name: str, value: str, *, is_marked: bool, is_sure: bool = False) -> bool:
    """Whether a word can be the property's value: a plain word is one only where it is known as such, or marked.

    Args:
        name: The property.
        value: The word.
        is_marked: Whether it stands in quotes, behind `=` or as a value.
        is_sure: Whether the property has to be it, and nothing else follows.
    """
    kind, low = kind_of(name).kind, value.lower()
    if not re.search(r"[^\W_]|[*/]", value):
        return False
    if is_switch(name):
        return low in {"true", "false"}
    if kind != "text":
        return bool(re.match(r"-?\d|infinity", low))
    if re.fullmatch(says("valued"), low):
        return True
    if cued("most").fullmatch(low) or cued("least").fullmatch(low) or re.fullmatch(says("vague_amount"), low):
        return False
    if is_marked or re.search(r"[\d/$*_.:@\[\]+]|[a-z][A-Z]", value):
        return True
    if any(one.search(low) for one in (lexicon.FORBID, lexicon.REQUIRE, lexicon.ON, lexicon.OFF, whole("refused"))):
        return False
    if "-" in value or (value.isupper() and len(value) > 1):
        return True
    if not is_sure or low in names("none") or whole("no_value").fullmatch(low):
        return False
    return low not in literals("cues")
