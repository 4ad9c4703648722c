"""Forms of a text that are others by their structure: what refers back, confirms, or names a range by brackets."""

import re
from functools import cache

from sparkwright.policy.language import lexicon
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.switches.referring import with_same
from sparkwright.policy.language.vocabulary import cued, says, whole

_ON = re.compile(r"(?<!\bbe )(?<!\bis )(?<!\bare )(?<!ed )(?<!turn )(?<!switch )(?<!ways )\bon(?=\s{3,})")
"""What led up to a name that was taken out leads nowhere, and switches nothing."""
_PROCESS = re.compile(rf"\b(?:{lexicon.EXECUTOR}|{lexicon.DRIVER})\b")
_NUMBERS = re.compile(r"[$€£]? ?\d[\d.,]*(?: ?[kmgt]i?b?\b)?|\binfinity\b")
_END = r"(min|max)\w*"
_AMOUNT = r"([$€£]?\d[\d.,]*\s?[a-z%]{0,4})"
_PAIR = re.compile(
    rf"[(\[]?\b{_END}\s?[/|,–-]\s?{_END}\b[)\]]?(?P<between>[^\d.;\n]{{0,40}}?[\s(\[=:]){_AMOUNT}\s?[/|,–-]\s?{_AMOUNT}(?![\w/])"
)
"""``(min/max): 2g/8g``."""
_APART = re.compile(
    r"\b(more|less|fewer|larger|bigger|higher|smaller)((?: (?!than\b|or\b|and\b|but\b)[^\W\d]+){1,5}) than(?= \W{0,2}\d)"
)
"""``more memory for an executor than 10 GB``."""
_MENTIONS = 4
"""How often `the former` and `the latter` are said at most."""
_PROPERTY = re.compile(r"(?<![\w.])spark\.[a-z][\w.-]*\w")


def rephrased(folded: str) -> str:
    """The text in the forms that the grammar knows.

    Args:
        folded: Lower case without accents, numbers in digits, its scope taken out.
    """
    text = re.sub(r"[ \t]{2,}", " ", _ON.sub("  ", folded))
    text = _PAIR.sub(_in_pairs, text)
    text = whole("not_meant").sub(lambda match: " " * len(match[0]), text)
    text = with_same(_with_process(_with_antecedents(text)))
    text = _with_ends_of_dynamic(text)
    text = _APART.sub(r"\2 \1 than", _with_refusals(text))
    text = re.sub(r"(?<=\w)\s?\.{2,3}\s?(?=\d)", " .. ", text)
    return re.sub(r"(?<![\w.:-])(\d[\d.,]*\s?[a-z%]{0,4})\s?[-–—~]\s?(?=\d)", r"\1 – ", text)


def _in_pairs(match: re.Match[str]) -> str:
    """Each end beside its amount."""
    first, last, between, low, high = match.groups()
    return match[0] if first == last else f"{between} {first} {low}, {last} {high}"


def _with_antecedents(text: str) -> str:
    """``drivers and executors: the former at most 4 GB, the latter 8 GB``: each by its name."""
    found = [one for kind in ("former", "latter") for one in whole(kind).finditer(text)]
    if not whole("latter").search(text) or len(found) > _MENTIONS:
        return text
    before = text[: min(one.start() for one in found)]
    spans = [(start, end) for start, end, _ in properties_in(before)]
    spans += [
        one.span()
        for one in _PROCESS.finditer(before)
        if not any(start < one.end() and one.start() < end for start, end in spans)
    ]
    if len(spans) < 2:
        return text
    (first, first_end), (second, second_end) = sorted(spans)[-2:]
    rest = text[len(before) :]
    for kind, name in (("former", before[first:first_end]), ("latter", before[second:second_end])):
        rest = whole(kind).sub(name, rest)
    if cued("and_").fullmatch(before[first_end:second].strip()):  # they are only introduced
        before = f"{before[:first]}{' ' * (second_end - first)}{before[second_end:]}"
    return before + rest


@cache
def _other_process() -> re.Pattern[str]:
    """``drivers too``, ``the same for drivers``, ``driver memory: ditto``."""
    process = rf"({lexicon.EXECUTOR}|{lexicon.DRIVER})(?:s|'s)?(?:[ -](?:memory|cores?|heap|ram|speicher))?"
    article = r"(?:(?:for|to|with|the|all|fur|auch|der|die|den|le|les|pour|el|los|para|al) )*"
    before = rf"(?:[.,;:(]\s*|\s[-–—]\s|\s(?={cued('and_').pattern}))(?:{cued('and_').pattern} )?"
    return re.compile(
        rf"{before}(?:(?:{says('same')})[ ,]+{article}{process}|{article}{process},?:? ?(?:{says('too')}))(?=\s*(?:[.,;!)\n]|$))"
    )


def _with_process(text: str) -> str:
    """``executors at most 8 GB, drivers too``: both are named where the one was."""
    for match in list(_other_process().finditer(text)):
        process = next(one for one in match.groups() if one)
        other = lexicon.EXECUTOR if re.fullmatch(lexicon.DRIVER, process) else lexicon.DRIVER
        named = list(re.finditer(rf"\b(?:{other})\b", text[: match.start()]))
        if named and not re.search(rf"\b{lexicon.DRIVER}\b.*\b{lexicon.EXECUTOR}\b", text[: match.start()]):
            at = named[0].end()
            return f"{text[:at]} and {process}{text[at : match.start()]}{text[match.end() :]}"
    return text


def _with_ends_of_dynamic(text: str) -> str:
    """``the minimum number of executors``, where executors are allocated dynamically: a property of its own."""
    if not whole("dynamic").search(text):
        return text
    if re.search(
        rf"(?:{cued('initial').pattern})(?:(?!m(?:ax|in))[^\d]){{0,40}}\d", text
    ):  # `initial executors 4, min 2, max 50`
        text = re.sub(
            r"\b(min|max)(?:imum|imal)?(?=(?: at| of| is|:| =)? \d+\b(?! ?[a-z]*[bmg]\b| cores?))",
            r"spark.dynamicallocation.\1executors",
            text,
        )
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
