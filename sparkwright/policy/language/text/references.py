"""Numbers that count nothing, blanked out: those of clauses, tickets, versions, dates and lists."""

import re
from functools import cache

from sparkwright.parsing.stretches import blanked
from sparkwright.policy.language.scope.words import NOUNS
from sparkwright.policy.language.vocabulary import part, says
from sparkwright.requirements.text.text import fold

_MARKED = r"(?:\s*(?:no\.?|nr\.?|num\.?|number|n[°º]\.?|#))?"
_NUMBER = r"\(?[a-z]{0,3}-?\d+(?:[.\-/:]\d+)*(?:-?[a-z])?\)?(?![\w%]|[.,]\d)"
_COUNTED = (
    r"(?!\s*-?\s*(?:[kmgtp]i?b?\b|[kmg]o\b|gig|meg|tera|byte|octet|(?:v?cores?|v?cpus?|executors?|executoren|executeurs?"
    r"|ejecutores|kerne|coeurs?|nucleos?|partition\w*|particion\w*|gpus?|tasks?|drivers?|seconds?|minutes?|minuten|hours?"
    r"|days?|dollars?|usd|euros?|percent|prozent|ms|s|min|h)\b|[%$€£]|or (?:more|less|fewer)\b))"
)
_QUOTED = re.compile(r"""(?<!\w)(["'`])[^"'`\n]{1,200}\1(?!\w)|[“„«][^”“»\n]{1,200}[”“»]""")
_NAMED = re.compile(rf"\b(?:{'|'.join(NOUNS.values())})s?[ :]+(?:[\w*.-]+(?:,| and| or|,? und|,? et|,? y)\s+)*$")
_CODE = re.compile(
    r"(?<![\w./'\"`*-])(?=[A-Z0-9/-]*[A-Z])(?=[A-Z0-9/-]*\d)[A-Z0-9]+(?:[-/][A-Z0-9]+)+(?![\w*/]|-\w|\.\w)"
)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    documents, months, nouns = says("document"), says("month"), "|".join(NOUNS.values())
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"\b(?:{documents})(?:{_MARKED}[^\S\n]+|\s*#){_NUMBER}{_COUNTED}",
            rf"§+\s*\d+(?:\.\d+)*[a-z]?\b(?:\s+(?:abs|nr|satz)\.? \d+)*|\b(?:no|nr|n[°º])\.\s*\d+\b{_COUNTED}",
            # `4.1 The heap`, `1. Executors`, `2) Drivers`: lists.
            r"(?:^|(?<=[\n;])|(?<=[.] ))[^\S\n]*(?:\d+(?:\.\d+)+\.?|\(?\d{1,2}[.)])(?=\s+[a-z]{2,})(?!\s+(?:[kmgt]i?b|gigs?|gigabytes?"
            r"|cores?|executors?|hours?|uhr)\b)",
            # `Audit finding 3: ...`: what a text begins with is its title.
            rf"(?:^|(?<=[\n;])|(?<=[.] ))[^\S\n]*(?!(?:[^\W\d]+ )*(?:{says('link')}|{part('executor')}|{part('driver')}|{part('core')}|{part('memory')}|{nouns}|\w*partition\w*|timeout|spark) )(?:[^\W\d]+ ){{1,3}}\d{{1,3}}\s*:(?=\s)",
            # `#2210`, `ext. 4417`, `3 of 5 members`, `the 2 a.m. incident`, `run 88213`
            rf"#\s?\d+\b{_COUNTED}|\b(?:ext(?:ension|\.)?|phone|tel(?:ephone|efon|\.)?|call|dial|mobile|fax|durchwahl|poste)(?:\s*(?:no|nr|number)\.?)?[:.]?\s*\+?\d[\d /()-]{{2,}}\d",
            r"\b(?:my|our|your|his|her|their) (?:phone |mobile |desk |office |room )?number(?: is|:)? \d+\b",
            r"\bvot(?:e|ed|es)\b[^.;()\d]{0,40}\(?\d+ ?(?:to|:|-) ?\d+\)?|(?<=\d )\(\d+ ?(?:to|:) ?\d+\)|(?<= )\(\d+ (?:to|:) \d+\)(?=\W*$)",
            rf"\b\d+ (?:out )?of (?:the |our |these )?\d+\b{_COUNTED}",
            r"(?<=\b(?:the|our|her|his) )\d{1,2}(?:[:.]\d\d)? ?[ap]\.?m\b\.?(?= (?!until|till|through|local|time|utc|gmt|cet|window)[a-z]{4,})",
            r"(?<=\b(?:your|that|this) )\d{1,2}(?:[:.]\d\d)? ?[ap]\.?m\b\.?(?= (?!until|till|through|local|time)[a-z]{4,})",
            rf"\b(?:run|job|app|application|process|query|lauf)s? (?:no\.? |id )?\d{{3,}}\b{_COUNTED}",
            r"\b(?:du|vom|le|el|del|am)\s+\d{1,2}[/.]\d{1,2}\.?(?![\d/])|\b(?:of|on|from)\s+\d{1,2}/\d{1,2}(?![\d/])",
            r"\b\d{1,4}/(?:19|20)\d\d\b",
            rf"\b(?:(?:on|as of|from|since|by|until|ab|zum|vom|a partir du|des le|desde el|a partir del)\s+)?(?:the |dem |den |le |el )?"
            rf"\d{{1,2}}(?:st|nd|rd|th|er|\.)?(?: of| de)? (?:{months})\b(?! (?:not|only|use|have|be))(?:,? (?:de )?(?:19|20)\d\d)?",
            rf"\b(?:{months})\s+(?:\d{{1,2}}(?:st|nd|rd|th)|\d{{1,2}},? (?:19|20)\d\d|(?:19|20)\d\d)\b",
            r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d\b",
            r"\b(?:in|of|for|since|from|until|year|fy|fiscal year|im jahr|seit|en|depuis|desde)\s+(?:fy ?)?20[1-4]\d\b(?!\s*(?:\w+ )?"
            r"(?:gb|mb|cores?|executors?|partitions?|hours?))|\b(?:fy ?|q[1-4][ /-]?)20[1-4]\d\b",
        )
    )


def without_references(written: str) -> str:
    """The text with each such number blanked out; names, quoted or behind their noun, stay.

    Args:
        written: With every letter as one character; the answer is as long.
    """
    quoted = [one.span() for one in _QUOTED.finditer(written)]
    folded = fold(written)
    spans = [one.span() for pattern in _patterns() for one in pattern.finditer(folded)]
    spans += [one.span() for one in _CODE.finditer(written) if not _NAMED.search(folded[: one.start()])]
    for start, end in spans:
        if not any(begin < end and start < stop for begin, stop in quoted):
            written = blanked(written, start, end)
    return written
