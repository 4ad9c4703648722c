"""What cannot hold before somebody answers: nobody named in particular, and texts without a rule."""

import re

from sparkwright.policy.language.lexicon import STOP
from sparkwright.policy.language.said import Part
from sparkwright.policy.language.scope.words import NOUNS
from sparkwright.policy.language.vocabulary import mixed, says, whole

_WHO = re.compile(mixed("nobody"))
_GOES_ON = re.compile(rf"\W*{mixed('gone_on')}\b")
_EVERY = {
    *("spark", "cluster", "platform", "hadoop", "end", "data", "system"),
    *("normal", "regular", "ordinary", "company", "bank"),
}
_DESCRIBED = re.compile(
    r"(?<![\w.*-])(?P<which>[a-z][a-z-]{2,}) (?:users|accounts|logins)(?= (?:may|must|can|cannot|get|are|should|shall|have to|will)\b)"
)
_TOPIC = re.compile(mixed("topic"))
_EXECUTORS = re.compile(r"\b(?:number of |count of )?(?:executors?|executoren|executeurs?|ejecutores)\b")


def vague_people(folded: str) -> str:
    """The words for people that nobody can tell from others; empty where there are none."""
    for match in _WHO.finditer(folded):
        if not ("other" in match[0] and _GOES_ON.match(folded, match.end())):  # `other queues stay as they are`
            return match[0]
    return ""


def described(folded: str) -> str:
    """People who are told apart by a word and not by a name: ``student accounts may ...``; empty where there are none."""
    for match in _DESCRIBED.finditer(folded):
        if match["which"] not in STOP | _EVERY:
            return match[0].strip()
    return ""


def listed_elsewhere(folded: str) -> re.Match[str] | None:
    """``users listed in annex B``: names that stand in another place."""
    nouns = "|".join(NOUNS.values())
    return re.search(
        rf"\b(?:{nouns}) (?:{says('elsewhere')})\b(?:\s+(?:this|that|the|our|annex|appendix|anlage|anhang|l'|la|el)\b)*(?: \w+)?",
        folded,
    )


def says_nothing(folded: str) -> bool:
    """Whether a text without a rule is about something else altogether."""
    return not _TOPIC.search(folded)


def decides_nothing(folded: str) -> bool:
    """Whether a text without a rule says that there is none: ``we agreed on no limits``."""
    return bool(whole("undecided").search(folded)) and not re.search(r"\d", folded)


def about(folded: str) -> tuple[Part, str]:
    """The part that a text without any rule seems to be about, and what to ask."""
    unsized = re.search(r"\b(?:limit|restrict|cap|reduce|keep)\w*\b", folded) and _EXECUTORS.search(folded)
    of_one = re.search(
        r"\b(?:memory|heap|ram|cores?|cpus?|size\w*|big|large|small\w*|gb|gig\w*|per executor|overhead|speicher)\b",
        folded,
    )
    found: tuple[tuple[Part, str, str], ...] = (
        (
            "budgets",
            r"\bpay|cost|spend|budget|money|expens|cheap|dollar|kosten|ausgeben|cout|depens|coste|gast|presupuest",
            "how much, and for how long?",
        ),
        (
            "forbids",
            r"\b(?:forbid|ban|prohibit|disallow|verbiet|interdi|prohib)|\b(?:not|never|nobody|no one) (?:\w+ ){0,3}(?:allowed|permitted|configure|touch|change|set|override)\b",
            "what may not be set?",
        ),
        (
            "requires",
            r"\b(?:require|mandat|enforce|compulsory|encrypt\w*|codecs?|serializ\w*)|(?:must|has to|have to|should)(?: always)? be (?:set|on|there|configured)",
            "what has to be set?",
        ),
    )
    for part, words, question in found:
        if re.search(words, folded):
            return part, question
    if unsized and not of_one:
        return "budgets", "how many executors at most?"
    return "bounds", "what is bounded, forbidden, required or budgeted, and by how much?"
