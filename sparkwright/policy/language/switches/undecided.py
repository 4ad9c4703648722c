"""What one clause leaves undecided: a switch that is to be on and off at once, and a share of an amount."""

import re
from typing import Final

from sparkwright.policy.language.amounts.ground import Ground
from sparkwright.policy.language.said import Said
from sparkwright.policy.language.vocabulary import cued, says

_DEMANDED: Final = r"required|mandatory|obligatory|compulsory|erforderlich|obligatoires?|obligatori[oa]s?"
_REFUSED: Final = r"forbidden|prohibited|banned|disallowed|not allowed|verboten|interdite?s?|prohibid[oa]s?"
_YES: Final = rf"\b(?:{says('on')}|{_DEMANDED})"
_NO: Final = rf"\b(?:{says('off')}|{_REFUSED})"
_JOINT: Final = (
    rf"\s*(?:,\s*)?(?:{cued('and_').pattern}|but|yet)\s+(?:(?:also|must|has|have|to|shall|should|is|are|be|kept|muss"
    r"|doit|etre|debe|estar)\s+)*"
)
_AT_ONCE: Final = re.compile(rf"{_YES}{_JOINT}{_NO}\b(?!-)|{_NO}{_JOINT}{_YES}\b(?!-)(?!\s+\w*§)")
_DEMANDS: Final = re.compile(rf"\b(?:must|has to|have to|shall|should|muss|doit|debe|{_DEMANDED}|{_REFUSED})\b")
_SHARE: Final = re.compile(
    r"\b(?:half|halves|thirds?|quarters?|fifths?|eighths?|tenths?) of (?:the |an? )?\d"
    r"|\bhalfte von \d|\bmoitie de \d|\bmitad de \d"
)


def ask_undecided(ground: Ground, said: Said) -> None:
    """Ask about what holds of two states that exclude one another, and how much a share of an amount is.

    Args:
        ground: The text.
        said: It is added to.
    """
    text = ground.text
    for one in ground.properties:  # `on and off-heap memory off`
        text = f"{text[: one.start]}{'§' * (one.end - one.start)}{text[one.end :]}"
    if ground.properties and (both := _AT_ONCE.search(text)) and _DEMANDS.search(_clause(text, both)):
        said.ask("requires", f"{both[0].strip()!r} exclude one another: which holds?")
    if share := _SHARE.search(text):
        said.ask("bounds", f"how much is {share[0]!r}...? Say the amount itself")


def _clause(text: str, match: re.Match[str]) -> str:
    """The sentence around a match."""
    start = max(text.rfind(mark, 0, match.start()) for mark in ".;\n") + 1
    return text[start : match.end()]
