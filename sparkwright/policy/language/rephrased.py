"""Forms of a text that are others by their structure: what refers back, confirms, or names a range by brackets."""

import re

from sparkwright.policy.language import lexicon
from sparkwright.policy.language.vocabulary import cued, says, whole

_ON = re.compile(r"(?<!\bbe )(?<!\bis )(?<!\bare )(?<!ed )(?<!turn )(?<!switch )(?<!ways )\bon(?=\s{3,})")
"""What led up to a name that was taken out leads nowhere, and switches nothing."""
_MOVED = re.compile(
    rf"(\b(?:{says('moved')})|{cued('moves').pattern} (?:the|our|its|den|die|das|la|le|el)\b[^.;:,]{{0,60}}?) (?:from|von|de) \S+(?: \w+)?"
    r" (?P<to>to|auf|a) (?=\D{0,3}\d)"
)
_PROPERTY = re.compile(r"(?<![\w.])spark\.[a-z][\w.-]*\w")


def rephrased(folded: str) -> str:
    """The text in the forms that the grammar knows.

    Args:
        folded: Lower case without accents, numbers in digits, its scope taken out.
    """
    text = re.sub(r"[ \t]{2,}", " ", _ON.sub("  ", folded))
    text = re.sub(
        r"(?<![\w.])(\d[\d.]* ?\w*) ?(?:<=?|≤) ?([a-z][\w. -]{0,60}?) ?(?:<=?|≤) ?(?=\d)", r"\2 between \1..", text
    )
    text = re.sub(r"(?<=[a-z\d]) / (?=\d)", " , ", text)
    text = _without_stories(text)
    text = re.sub(r"[\[(]\s*(\d+(?:\.\d+)?)\s*(?:,|;|-|\.\.+|to)\s*(\d+(?:\.\d+)?)\s*[\])]", r"between \1..\2", text)
    # `lowered from 60 to 35`: what holds is where it goes.
    text = _MOVED.sub(lambda match: f"{match[1]} {match['to']} ", text)
    text = _with_ends_of_dynamic(text)
    text = _with_refusals(text)
    text = re.sub(r"\bno (?:limits?|restrictions?) (?:on|for|to)\b(?:(?!\b(?:but|and|while)\b)[^,.;])*", " ", text)
    text = re.sub(r"(?<=\w)\s?\.{2,3}\s?(?=\d)", " .. ", text)
    return re.sub(r"(?<![\w.:-])(\d[\d.,]*\s?[a-z%]{0,4})\s?[-–—~]\s?(?=\d)", r"\1 – ", text)


def _without_stories(text: str) -> str:
    """What happened, or is so anyway, without its numbers, where something else says what has to be."""
    clauses = re.split(r"([.!?](?=\s|$)|[;:\n]|,(?=\s)|\s-\s)", text)
    told = [
        bool(
            re.search(r"\d|\binfinity\b", one)
            and whole("story").search(one)
            and not whole("deontic").search(whole("story").sub(" ", one))
        )
        for one in clauses
    ]
    pairs = list(zip(clauses, told, strict=True))
    rest = "".join(one for one, is_told in pairs if not is_told)
    is_rule = whole("deontic").search(rest) or re.search(r"[<>=]", rest)
    if not any(told) or not is_rule:
        return text
    return "".join(
        re.sub(r"[$€£]? ?\d[\d.,]*(?: ?[kmgt]i?b?\b)?|\binfinity\b", " ", one) if is_told else one
        for one, is_told in pairs
    )


def _with_ends_of_dynamic(text: str) -> str:
    """``the minimum number of executors``, where executors are allocated dynamically: a property of its own."""
    if not whole("dynamic").search(text):
        return text
    for concept, name in (("smallest_executors", "min"), ("largest_executors", "max")):
        text = re.sub(
            rf"\b(?:{says(concept)})\b(?: (?:of|for|under|in|with|during|on) (?:the )?dynamic(?:ally)? (?:allocation|allocated|scaling))?",
            f"spark.dynamicallocation.{name}executors",
            text,
        )
    return text


def _with_refusals(text: str) -> str:
    """A sentence that refuses what the one before named joins it; one that refuses whatever breaks a rule is left out."""
    sentences = re.split(r"((?:\.|;)(?=\s|$))", text)
    found: list[str] = []
    for sentence in sentences:
        is_own = re.search(r"\d", sentence) or any(one.search(sentence) for one, _ in lexicon.PROPERTIES)
        is_own = bool(is_own or _PROPERTY.search(sentence))
        refuses = bool(whole("refused").search(sentence))
        if refuses and not is_own and re.match(rf"\s*(?:{says('confirmed')})\b", sentence):
            continue
        refers = refuses and not is_own and re.match(rf"\s*(?:{says('pronoun')})\b", sentence)
        if refers and found and found[-1] in {".", ";"}:
            found[-1] = " ,"
        found.append(sentence)
    return "".join(found)
