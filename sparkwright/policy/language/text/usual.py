"""Usual slips and ways to write, mended before anything is read."""

import re
from functools import partial

from sparkwright.policy.language.vocabulary import slips
from sparkwright.requirements.lexicon import language
from sparkwright.requirements.text.text import fold

_DAYS = {
    short: day
    for day, shorts in {
        **{"Mon": "mo lun", "Tue": "di mar", "Wed": "mi mie mer", "Thu": "do jue jeu", "Fri": "fr vie ven"},
        **{"Sat": "sa sab sam", "Sun": "so dom dim"},
    }.items()
    for short in shorts.split()
}
_AMOUNT = r"[$€£]?\d+(?:\.\d+)*(?:,\d{3})*(?:\s?[A-Za-z%]{1,3}\b)?"
_SHORT_DAYS = re.compile(rf"\b({'|'.join(_DAYS)})\.?\s?(?:-|–|bis|a|à)\s?({'|'.join(_DAYS)})\b\.?", re.IGNORECASE)
_SHORT_DAY = re.compile(
    r"\b(Mo|Di|Mi|Do|Fr|Sa|So)\b\.?(?=,? (?:\d{1,2}(?:[:.]\d\d)?(?: Uhr)? ?(?:-|–|bis)|ganztag|von \d))"
)
"""Days in short German, Spanish and French, in a range."""


def usual(text: str) -> str:
    """The text with usual slips mended that no dictionary of words finds."""
    for half, words in (
        ("am", r"in the morning|uhr morgens|du matin|de la manana|de la mañana"),
        ("pm", r"in the (?:evening|afternoon)|at night|uhr (?:abends|nachmittags)|du soir|de la (?:tarde|noche)"),
    ):
        text = re.sub(rf"\b(\d{{1,2}}(?::\d\d)?)(?: o'clock)? (?:{words})\b", rf"\1{half}", text, flags=re.IGNORECASE)
    text = re.sub(_SHORT_DAYS, lambda one: f"{_DAYS[fold(one[1])]} to {_DAYS[fold(one[2])]}", text)
    text = re.sub(
        r"(?<![\w.])([01]\d|2[0-4])([0-5]\d) ?(-|–|to|until) ?([01]\d|2[0-4])([0-5]\d)(?= ?(?:h|hrs|hours|UTC|GMT|CE?S?T|[A-Z][a-z]+/[A-Z]|\w+ time|\()\b)",
        r"\1:\2\3\4:\5",
        text,
    )
    text = re.sub(_SHORT_DAY, lambda one: _DAYS[fold(one[1])], text)
    text = re.sub(r"\b[Uu]p from(?= \d\d?(?:[:.]\d\d| ?[ap]m| o'clock))", "from", text)
    text = re.sub(r"\bw/\s?(?=[\w`*'\"])", "with ", text)
    for pattern, word in slips():
        text = pattern.sub(partial(_unslipped, word), text)
    text = re.sub(
        r"\b(more|less|fewer|larger|smaller|bigger|greater|higher|lower|longer) that(?= )",
        r"\1 than",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        r"(?<![\d.,:])(?<!\d )(\d{1,3})((?:[ \u00a0\u202f]\d{3})+)(?![\d.:])",
        lambda one: one[1] + re.sub(r"\D", "", one[2]),
        text,
    )
    # `4 team ads`, `4 user ann`: chat.
    text = re.sub(r"\b4(?= (?:the |our )?(?:team|user|queue|workload|people|everyone|everybody|all)s?\b)", "for", text)
    text = re.sub(r"(?<![\w.])\.(?=\d)", "0.", text)
    text = re.sub(r"(?<=\d)(\s?[kmgt]i?b?)?\+(?=[\s),;]|$)", r"\1 or more", text, flags=re.IGNORECASE)
    text = re.sub(rf"(?<![\w.]){_AMOUNT}\s*(?:→|(?<!-)->|(?<![<>=])=>|⇒|–>)\s*(?={_AMOUNT})", "", text)  # `16g -> 10g`
    text = text.replace("≦", "≤").replace("≧", "≥")
    text = re.sub(r"(?<=\d)\s?(?:…|\.{3})\s?(?=\d)", " to ", text)
    text = re.sub(rf"[\[(]\s*({_AMOUNT})\s*[;,]\s*({_AMOUNT})\s*\]", r"from \1 to \2", text)
    text = re.sub(
        rf"\b(min\w*)\.?\s*/\s*(max\w*)\.?\s*[:=]?\s*({_AMOUNT})\s*/\s*({_AMOUNT})",
        r"\1 \3 \2 \4",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"\?\s*(?:A|Answer|Antwort|R|Réponse|Respuesta)\s*:\s+", ": ", text)
    text = re.sub(r"\s*(?:→|(?<!-)->|(?<![<>=])=>|⇒|–>)\s*", " to ", text)
    text = re.sub(r"(?:^|(?<=\n))\s*[•·▪‣*+-]\s+(?=\S)", " ; ", text)
    text = re.sub(r"(?:(?<=[\s;,])|^)\(?(?:\d{1,2}|[a-h]|i{1,3}|iv|vi{0,3})\)\s+(?=\w)", _listed, text)
    text = re.sub(
        r"\b(less|more|fewer|larger|smaller|bigger|greater|higher|lower|longer) then\b",
        r"\1 than",
        text,
        flags=re.IGNORECASE,
    )
    # `2 cores max. Executors ...` ends a sentence.
    text = re.sub(
        r"(?<!\d )(?<!\d)\b((?i:max|min|incl|approx|ca|bzw|z\.b|e\.g|i\.e|resp|mind|exkl))\.(?!\s+[A-Z])", r"\1 ", text
    )
    text = re.sub(r"(?<=\d)['’](?=\d{3}\b)", "", text)  # 1'800
    return re.sub(r"[‘’]", "'", text)


def _listed(match: re.Match[str]) -> str:
    """A border where a list has its next entry; not where a number in words is repeated: ``twenty (20) executors``."""
    before = re.search(r"([^\W\d_]+)\s*$", match.string[: match.start()])
    is_number = before and any(
        language(code).numbers.parts(fold(before[1])) is not None for code in ("en", "de", "fr", "es")
    )
    is_within = "(" not in match[0] and match.string.rfind("(", 0, match.start()) > match.string.rfind(
        ")", 0, match.start()
    )
    return match[0] if is_number or is_within else " ; "


def _unslipped(word: str, match: re.Match[str]) -> str:
    """The word that was meant; what stands behind `queue` or `team` is a name, however it is spelt."""
    named = re.search(
        r"\b(?:queue|team|user|workload|cola|equipo|equipe|warteschlange|file)s? $",
        match.string[: match.start()].lower(),
    )
    return match[0] if named else word
