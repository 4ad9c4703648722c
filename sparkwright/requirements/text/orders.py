"""Sentences that talk to a language model instead of saying what a job needs."""

from collections.abc import Sequence

from sparkwright.requirements.items import Item
from sparkwright.requirements.text.spelled import spelled


def without_orders(items: Sequence[Item]) -> list[Item]:
    """The items without the sentences that talk to a language model: they say nothing of a job."""
    kept: list[Item] = []
    sentence: list[Item] = []
    is_ordered = False
    for item in [*items, None]:
        if item is not None:
            sentence.append(item)
        if item is None or item.has("stop"):
            goes_on = is_ordered and bool(sentence) and sentence[0].has("imperative", "reply")
            order = _order(sentence)
            is_ordered = goes_on or order is not None
            if order is not None and not goes_on:
                kept.extend(_before(sentence, order))
            elif not is_ordered:
                kept.extend(sentence)
            sentence = []
    return kept


def _order(sentence: Sequence[Item]) -> int | None:
    """The place in a sentence from which it talks to a model; None where it does not."""
    for at, item in enumerate(sentence):
        if item.has("order_to_model") and not _is_told_of(sentence, at):
            return at
        if item.text in spelled("ignore") and _is_of_text(sentence[at + 1 : at + 6]):
            return at
        if item.has("addressed") and any(one.has("reply") for one in sentence[at + 1 : at + 3]):
            return at  # you must reply that
    return None


def _is_told_of(sentence: Sequence[Item], at: int) -> bool:
    """Whether what might be an order only tells of something: ``the managers print the lists``, ``chatbot logs``."""
    item, before = sentence[at], sentence[at - 1] if at else None
    if item.text in spelled("verbs_of_orders"):
        return before is not None and before.text.isalpha() and not before.has("and", "light", "may", "addressed")
    following = sentence[at + 1] if at + 1 < len(sentence) else None
    is_noun = following is not None and following.text.isalpha() and not following.has("may", "reply", "addressed")
    return item.text in spelled("readers") and is_noun and not any(one.has("reply", "addressed") for one in sentence)


def _is_of_text(items: Sequence[Item]) -> bool:
    """Whether all that was written is meant, or a rule of the reader: ``everything written above``."""
    words = {word for item in items for word in item.text.split()}
    is_whole = words & spelled("the_whole") and words & (spelled("written") | spelled("instructions"))
    return bool(is_whole or (words & spelled("written") and words & spelled("instructions")))


def _before(sentence: Sequence[Item], order: int) -> list[Item]:
    """The clauses of a sentence that come before the one that talks to a model."""
    if sentence[0].has("imperative"):  # what is quoted: "set it to one million", said the prompt
        return []
    start = next((at for at in range(order - 1, -1, -1) if sentence[at].has("comma", "but")), 0)
    return list(sentence[:start])
