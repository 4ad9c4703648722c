"""The text as a row of items: concepts of the lexicon, numbers, and what stands between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sparkwright.requirements.amounts.numbers import digits_value
from sparkwright.requirements.lexicon import Language, is_unspaced, language
from sparkwright.requirements.text.inflection import inflected
from sparkwright.requirements.text.labels import key_cue, label_at, noun_label_at
from sparkwright.requirements.text.text import Token
from sparkwright.requirements.text.typos import number_meant, slips

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of the text and what it stands for.

    Attributes:
        concepts: What the lexicon says, several where only the context decides; empty for other words.
        value: Of a number.
        text: Folded.
        is_digits: Whether a number was written in digits.
        unit: Of a quantity: what ``value`` counts, as the lexicon names it (``h``, ``USD``).
        is_vague: Whether its number was said in no exact words: ``a few``.
        other: Of hours that may be a time of day (``6h``): its minutes after midnight.
    """

    concepts: frozenset[str]
    start: int
    end: int
    text: str
    value: float | None = None
    is_digits: bool = False
    is_glued: bool = False
    unit: str = ""
    is_vague: bool = False
    other: int | None = None

    def has(self, *concepts: str) -> bool:
        """Whether it stands for one of these."""
        return not self.concepts.isdisjoint(concepts)

    def of(self, family: str) -> str | None:
        """The rest of the first concept of a family: ``h`` of ``time.h``."""
        return rest_of(self.concepts, family)


@lru_cache(8192)
def rest_of(concepts: frozenset[str], family: str) -> str | None:
    """The rest of the first concept of a family, None where there is none of it."""
    prefix = family + "."
    return next((concept[len(prefix) :] for concept in sorted(concepts) if concept.startswith(prefix)), None)


def read_items(pieces: Sequence[Token], code: str) -> list[Item]:
    """The items of a text in a language; English words are known in every other, too."""
    own, english = language(code), language("en")
    pieces = [part for piece in pieces for whole in _split(piece, english) for part in _parts(whole, own)]
    words = [_meant(piece, code) if piece.kind == "word" else piece.text for piece in pieces]
    words = slips(words)
    for at, (word, following) in enumerate(pairwise(words)):
        if pieces[at].kind == "word" and not (own.knows(word) or english.knows(word)):
            words[at] = number_meant(word, following, own.numbers.values) or word
    return list(_items(pieces, words, own, english))


def _items(pieces: Sequence[Token], words: Sequence[str], own: Language, english: Language) -> Iterator[Item]:
    at = 0
    told, told_english = own.phrases.told(words), english.phrases.told(words)
    while at < len(pieces):
        piece = pieces[at]
        if piece.kind in ("opaque", "clock", "cron", "iso_duration", "break"):
            concept = _break(piece.text) if piece.kind == "break" else piece.kind
            if piece.kind == "opaque" and (key := key_cue(piece.text, english)):
                yield Item(key, piece.start, piece.end, piece.text, is_glued=piece.is_glued)
                at += 1
                continue
            if piece.kind == "opaque":
                concept = _named(piece.text)
            yield Item(frozenset({concept}), piece.start, piece.end, piece.text, is_glued=piece.is_glued)
            at += 1
            continue
        if piece.kind == "number":
            value = digits_value(piece.text, decimal_comma=own.decimal_comma)
            yield Item(frozenset({"number"}), piece.start, piece.end, piece.text, value, True, piece.is_glued)
            at += 1
            continue
        label = label_at(pieces, told, at, own)
        if label is None and own is not english:
            label = label_at(pieces, told_english, at, english)
        if label is not None:
            last = pieces[at + label[0] - 1]
            text = " ".join(words[at : at + label[0]])
            yield Item(label[1], piece.start, last.end, text, is_glued=piece.is_glued)
            at += label[0]
            continue
        count, concepts = own.phrases.longest(told[: _end_of_phrase(pieces, words, at)], at)
        if own is not english and (count > 0 or words[at] not in own.filler):
            foreign, meant = english.phrases.longest(told_english, at)
            if foreign > max(count, 1) or count == 0:  # memory-bound in another language
                count, concepts = foreign, meant
        if count > 1 and (cut := _end_before_bound(told, at, count, own)) < count:
            count, concepts = own.phrases.longest(told[: at + cut], at)
        if count == 2 and words[at + 1] == "$" and not pieces[at + 1].is_glued:  # a $20 budget: no Australian ones
            count, concepts = 0, NOTHING
        noun = None if concepts & {"or", "to", "in"} else noun_label_at(told, at, own)
        if noun and noun[0] >= max(count, 1):
            concepts = noun[1] if noun[0] > count else concepts | (noun[1] if "by" in noun[1] else {"label"})
            count = noun[0]
        spoken = own.numbers.read(_run_of_words(pieces, words, at))
        if own is not english and spoken is None and count == 0 and words[at] not in own.filler:
            spoken = english.numbers.read(_run_of_words(pieces, words, at))
        if spoken and spoken.word_count >= count:
            last = pieces[at + spoken.word_count - 1]
            text = " ".join(words[at : at + spoken.word_count])
            yield Item(concepts | {"number"}, piece.start, last.end, text, spoken.value, False, piece.is_glued)
            at += spoken.word_count
        elif count:
            last = pieces[at + count - 1]
            yield Item(concepts, piece.start, last.end, " ".join(words[at : at + count]), is_glued=piece.is_glued)
            at += count
        else:
            known = frozenset({"article"}) if words[at] in own.articles else NOTHING
            yield Item(known, piece.start, piece.end, words[at], is_glued=piece.is_glued)
            at += 1


def _end_of_phrase(pieces: Sequence[Token], words: Sequence[str], at: int) -> int:
    """Where a phrase may end that begins at a place: ``one run out of 300`` runs out of nothing."""
    is_odds = words[at : at + 3] in (["run", "out", "of"], ["runs", "out", "of"])
    return at + 1 if is_odds and at + 3 < len(pieces) and pieces[at + 3].kind == "number" else len(words)


def _end_before_bound(words: Sequence[str], at: int, count: int, own: Language) -> int:
    """How many words a phrase keeps whose last one opens a bound (``run | at most``) or an amount (``in | a day``)."""
    last = at + count - 1
    whole = own.phrases.longest(words, at)[1]
    longer, concepts = own.phrases.longest(words, last)
    if longer > 1 and not concepts.isdisjoint(_BOUNDS) and not whole.isdisjoint(_VERBS):
        return count - 1
    if words[last] in ("has", "have") and words[last + 1 : last + 2] == ["to"]:
        return count - 1  # it | has to
    if words[last] not in own.articles or whole.isdisjoint({"of_total"}):
        return count
    _, unit = own.phrases.longest(words, last + 1)
    opens_amount = any(
        concept.startswith(("time.", "size.", "vague", "half", "fraction.", "part.", "span.")) for concept in unit
    )
    return count - 1 if opens_amount else count


_BOUNDS = frozenset({"max", "within", "by", "weekdays", "weekend"})
_VERBS = frozenset({"start", "take", "run"})


def _run_of_words(pieces: Sequence[Token], words: Sequence[str], at: int) -> list[str]:
    run = []
    for piece, word in zip(pieces[at : at + 12], words[at : at + 12], strict=True):
        if piece.kind != "word":
            break
        run.append(word)
    return run


_PRODUCTS = {"kubernetes": "kubernetes", "k8s": "kubernetes", "emr": "emr"}


def _named(text: str) -> str:
    """What a name still says: a platform with its version (``Kubernetes 1.29``), an error of the memory."""
    if "outofmemory" in text:
        return "memory.true"
    product = next((name for word, name in _PRODUCTS.items() if text.startswith((f"{word} ", f"{word}-"))), None)
    return f"platform.{product}" if product else "opaque"


def _break(text: str) -> str:
    return "comma" if text == "," else "stop"


_NAMED_KINDS = ("platform.", "weekday.", "month.", "cur.", "gpu")


def _meant(piece: Token, code: str) -> str:
    """A word as the lexicon writes it; an unknown name is no slip, unless for a thing that is written like one."""
    word = _spelled(piece.text, code)
    if word == piece.text or not piece.is_name or code != "en":
        return word
    concepts = language(code).phrases.longest([word], 0)[1]
    return word if any(concept.startswith(_NAMED_KINDS) for concept in concepts) else piece.text


@lru_cache(8192)
def _spelled(word: str, code: str) -> str:
    """A word as the lexicon writes it."""
    own, english = language(code), language("en")
    if len(word) < 4 or own.knows(word) or is_unspaced(word):
        return word
    if own is not english and english.knows(word):
        return word
    if (other := inflected(word, own.vocabulary, own.endings, own.bases)) is not None:
        return other
    return own.spelling.meant(word) or (english.spelling.meant(word) if own is not english else None) or word


def _split(piece: Token, english: Language) -> Iterator[Token]:
    """The two words of a contraction: ``cannot``, ``doesnt``."""
    parts = english.contractions.get(piece.text) if piece.kind == "word" else None
    if parts is None:
        yield piece
        return
    middle = piece.start + min(len(parts[0]), piece.end - piece.start - 1)
    yield Token("word", parts[0], piece.start, middle, piece.is_glued)
    yield Token("word", parts[1], middle, piece.end, is_glued=True)


def _parts(piece: Token, own: Language) -> Iterator[Token]:
    """The words of a run that has no spaces: the longest known ones, letter by letter where none is known."""
    if piece.kind != "word" or not is_unspaced(piece.text):
        yield piece
        return
    at = 0
    text = piece.text
    while at < len(text):
        size = next((size for size in range(min(12, len(text) - at), 1, -1) if own.knows(text[at : at + size])), 1)
        yield Token("word", text[at : at + size], piece.start + at, piece.start + at + size, at > 0 or piece.is_glued)
        at += size
