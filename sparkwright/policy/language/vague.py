"""What cannot hold before somebody answers: nobody named in particular, and texts without a rule."""

import re

from sparkwright.policy.language.said import Part
from sparkwright.policy.language.scope_words import NOUNS
from sparkwright.policy.language.vocabulary import says

_WHO = re.compile(
    r"\b(?:(?:some|certain|a few|several|most|many|selected|various|a couple of|one of (?:the|our)|other|particular|specific|einige|bestimmte|manche|certaines?|quelques|algunos|algunas|ciertos|ciertas) "
    r"(?:\w+ )?(?:teams?|queues?|users?|workloads?|people|departments?|groups?|folks|colleagues|squads?|gruppen|benutzer|warteschlangen|equipes?|utilisateurs|equipos|usuarios|colas)"
    r"|(?:big|heavy|top|usual|worst|known|greedy|noisy) (?:spenders?|users?|hitters?|suspects?|consumers?|offenders?|neighbou?rs?)"
    r"|(?:the|those|these|our) (?:noisy|greedy|big|loud|new|other|usual|expensive|slow|important|smaller|bigger|larger) (?:ones?|guys|people|teams?|users?|folks|hires|joiners|queues?)"
    r"|(?:you|we|they) (?:all )?know (?:who|whom)|whoever (?:it is|that is|needs it)|somebody|the (?:right|relevant|affected|responsible) (?:people|teams?|users?|queues?))\b"
)
_TOPIC = re.compile(
    r"\b(?:spark|executor\w*|driver\w*|memory|heap|ram|cores?|cpus?|gpus?|partitions?|shuffle|broadcast|budget\w*|costs?|spend\w*|expens\w*|cheap\w*|dollars?"
    r"|money|pay\w*|limit\w*|capp?(?:ed|ing)?|bound\w*|max\w*|min(?:imum|imal)?|forbid\w*|bann?(?:ed)?|prohibit\w*|disallow\w*|requir\w*|mandat\w*|compulsory|enforce\w*|allow\w*"
    r"|settings?|codecs?|compress\w*|serializ\w*|hog\w*|(?:more|less|fewer|larger) than \d+|at (?:most|least) \d+|up to \d+|encrypt\w*|propert\w+|configur\w*|jobs?|resources?|queues?|timeouts?|speculation|allocation|aqe|kryo|serializer|overhead|restrict\w*|reduce|must"
    r"|speicher|kerne|warteschlange|kosten|ausgeben|begrenz\w*|verbiet\w*|verbot\w*|pflicht|hochst\w*|mindest\w*|memoire|coeurs?|interdi\w*|oblig\w*|cout\w*|memoria|nucleos?|prohib\w*|gast\w*|cola|file d'attente)\b"
)
_EXECUTORS = re.compile(r"\b(?:number of |count of )?(?:executors?|executoren|executeurs?|ejecutores)\b")


def vague_people(folded: str) -> str:
    """The words for people that nobody can tell from others; empty where there are none."""
    match = _WHO.search(folded)
    return match[0] if match else ""


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
