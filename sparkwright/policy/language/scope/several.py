"""What one scope cannot hold: rules of their own for several names, and whom a rule leaves out."""

import re

from sparkwright.policy.language import lexicon
from sparkwright.policy.language.amounts.quantities import amounts
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.scope.words import EXCEPT
from sparkwright.policy.language.text.told import without_told
from sparkwright.policy.language.vocabulary import cued, says, whole
from sparkwright.requirements.text.text import fold

_NONE = re.compile(r"\b(?:no|none|nobody|no one|without|not|never|any)\b[^.;]{0,20}$")


def several_scopes(masked: str, rest: str, names: dict[str, list[str]]) -> str:
    """What to ask where different names have rules of their own; empty where they share them.

    Args:
        masked: The text with its names, folded.
        rest: As long, with names and hours blanked out.
        names: By list of the schema.
    """
    told = without_told(masked, only_past=True)
    rest = "".join(" " if here == " " else sign for here, sign in zip(told, rest, strict=True))
    listed = dict.fromkeys(name for one in names.values() for name in one)
    places = sorted((at, at + len(name), name) for name in listed if (at := _place(masked, name)) >= 0)
    borders = [0, *(edge for start, end, _ in places for edge in (start, end)), len(rest)]
    rules = [_rules(rest[start:end]) for start, end in zip(borders[::2], borders[1::2], strict=True)]
    is_shared_out = len(places) > 1 and whole("respectively").search(masked)
    if not is_shared_out and (not any(rules[1:-1]) or sum(rules) < 2):
        return ""
    whom = " and ".join(name for *_, name in places)
    return f"{whom} have rules of their own, and a policy is for one scope: which rule is for whom, one policy each?"


def _place(text: str, name: str) -> int:
    found = re.search(rf"(?<![\w*.-]){re.escape(fold(name))}(?![\w*-])", text)
    return found.start() if found else -1


def _rules(text: str) -> bool:
    """Whether a stretch of text sets a limit, a switch or a value."""
    if amounts(text) and not whole("story").search(text):
        return True
    is_said = any(
        one.search(text) for one in (lexicon.FORBID, lexicon.REQUIRE, lexicon.ON, lexicon.OFF, cued("denied"))
    )
    return is_said and bool(properties_in(text) or re.search(rf"\b(?:{says('valued')})\b", text))


def left_out(text: str) -> re.Match[str] | None:
    """Whom a rule leaves out; ``it covers all but two`` is none."""
    for match in EXCEPT.finditer(text):
        if match[0].startswith(("exempt", "except")) and _NONE.search(text[: match.start()]):
            continue  # `nobody is exempt`
        start, end = text.rfind(". ", 0, match.start()) + 1, text.find(". ", match.end())
        sentence = text[start : end if end >= 0 else len(text)]
        is_rule = (
            start == 0 or whole("deontic").search(sentence.replace(match[0], " ")) or cued("denied").search(sentence)
        )
        if is_rule or properties_in(sentence) or not re.match(r" \d+(?!\w| \w)", text[match.end() :]):
            return match
    return None
