"""Properties that stand with a value under Spark's own names: ``spark.ui.enabled must be false``."""

import re

from data_contracts.policy_properties import known_names
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.said import Said
from sparkwright.requirements.text import fold

_CANONICAL = {name.lower(): name for name in known_names()}
_BE = r"(?:must|may|should|shall|can|has to|have to|needs to|is|are|muss|darf|soll|doit|debe)?(?: not|n't| never| always| only| nicht| immer| nie| niemals| nirgends)? ?(?:be |have the value |take the value )?(?:set )?(?:to )?"
_ASSIGNED = re.compile(
    rf"(?P<name>spark\.[A-Za-z][\w.\-]*\w)(?P<connector>\s*(?:={{1,2}}|:=)\s*|\s+{_BE}(?:to |auf |a )?)[\"'`]?(?P<value>[\w.+\-/$*\[\]]+(?:[:@][\w.+\-/]+)*)[\"'`]?(?P<more>(?:(?:,| or| nor| and) (?!(?:more|less|fewer|higher|lower|larger|smaller|above|below|in|for|on|the|must|may|should|spark)\b)[\"'`]?[\w.+\-/$*\[\]]+[\"'`]?(?=\s*(?:$|[,.;]|\b(?:or|nor|in|for|on)\b)))*)"
)
_NO_VALUES = frozenset(
    [
        "at",
        "be",
        "no",
        "not",
        "most",
        "least",
        "any",
        "more",
        "less",
        "off",
        "on",
        "forbidden",
        "required",
        "under",
        "below",
        "above",
        "over",
        "between",
        "max",
        "min",
        "maximum",
        "minimum",
        "exactly",
        "always",
        "never",
        "limited",
        "capped",
        "mandatory",
        "a",
        "an",
        "the",
        "allowed",
        "banned",
        "prohibited",
        "disabled",
        "enabled",
        "set",
        "for",
        "in",
        "by",
        "and",
        "or",
        "to",
        "may",
        "must",
        "should",
        "can",
        "cannot",
        "is",
        "are",
        "has",
        "have",
        "of",
        "with",
        "within",
        "exceed",
        "exceeds",
        "stay",
        "change",
        "overridden",
        "only",
        "greater",
        "larger",
        "smaller",
        "higher",
        "lower",
        "changed",
        "touched",
        "used",
        "active",
        "inactive",
        "switched",
        "turned",
        "from",
        "via",
        "as",
        "un",
        "une",
        "le",
        "la",
        "verboten",
        "pflicht",
        "nicht",
        "hochstens",
        "mindestens",
        "maximal",
        "interdit",
        "prohibido",
        "obligatorio",
        "go",
        "drop",
        "fall",
        "ever",
        "somewhere",
        "anywhere",
        "around",
        "about",
        "roughly",
        "something",
        "anything",
        "nothing",
        "enforced",
        "kept",
        "left",
        "overwritten",
        "reasonable",
        "permitted",
        "possible",
        "ok",
        "okay",
        "fine",
        "needed",
        "enough",
        "up",
        "if",
        "when",
    ]
)


def take_assigned(written: str, said: Said) -> str:
    """Properties by Spark's own names, with a value: taken as they stand, in their own case."""
    # What stands in quotes with more words is a name, whatever it says.
    quoted = [
        one.span()
        for one in re.finditer(r"""(["'`])(?=[^"'`]*\s)[^"'`]{3,200}\1(?!\w)|[“„«][^”“»]*\s[^”“»]*[”“»]""", written)
    ]

    def take(match: re.Match[str]) -> str:
        if any(start < match.start() < end for start, end in quoted):
            return match[0]
        name, value = _CANONICAL.get(match["name"].lower(), match["name"]), match["value"].rstrip(".,;:")
        before = fold(written[max(0, match.start() - 40) : match.start()])
        after = fold(written[match.end() : match.end() + 40])
        refused = re.match(
            r"\s*(?:is |are )?(?:forbidden|not (?:allowed|permitted)|prohibited|banned|disallowed|verboten|interdit|prohibido)\b",
            after,
        )
        connector = fold(match["connector"])
        is_bounded = re.search(
            r"(?:limit\w*|cap\w*|restrict\w*|max\w*|min\w*|raise|increase|lower|most|least|keep)[^\w:;.,]*(?:\w+[^\w:;.,]+){0,2}$",
            before,
        )
        if (
            not re.search(r"=|\b(?:be|to|is|are|set|value|auf|sein|a|only)\b", connector)
            or re.match(r"\s*(?:not|nicht)\b", after)
            or value.lower() in _NO_VALUES
            or is_bounded
            or re.match(
                r"\s*(?:[kmgt]i?b?\b|gigs?\b|gigabytes?\b|megabytes?\b|seconds?\b|minutes?\b)?\s*(?:(?:or|and) (?:more|less|fewer|higher|lower|larger|smaller|above|below|bigger|greater)|to|-|\.\.|at|max|min)\b",
                after,
            )
        ):
            return match[0]
        denied = re.search(rf"{lexicon.FORBID.pattern}[^.;,]*$", before) and not re.search(r"\bmust\b", connector)
        if lexicon.FORBID.search(connector) or denied or refused:
            said.forbid(
                name, *(one.strip(" '\"`") for one in re.split(r"\s*(?:,|\bor\b|\band\b)\s*", value + match["more"]))
            )
        else:
            said.requires[name] = value
            return " " * (match.end("value") - match.start()) + written[match.end("value") : match.end()]
        return " " * len(match[0])

    return _ASSIGNED.sub(take, written)
