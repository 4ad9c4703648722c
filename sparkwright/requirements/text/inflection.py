"""Other endings of known words: ``fitting`` of ``fit``, ``speicherhungriger`` of ``speicherhungrig``."""

from collections.abc import Collection, Sequence

_SHORTEST_STEM = 4


def inflected(word: str, known: Collection[str], endings: Sequence[str], bases: Sequence[str]) -> str | None:
    """The known word with the same stem, None where there is none.

    Args:
        word: As the text has it.
        known: Words that mean something.
        endings: What words of the language end in, without the empty one.
        bases: What the known word may end in, beside nothing.
    """
    for ending in (*sorted(endings, key=len), ""):
        stem = word.removesuffix(ending)
        if len(stem) < _SHORTEST_STEM - 1 or (ending and stem == word):
            continue
        stems = [stem] if len(stem) >= _SHORTEST_STEM else []
        if ending and stem[-1] == stem[-2]:
            stems.append(stem[:-1])
        for one in stems:
            for other in ("", *bases):
                if other != ending and one + other in known:
                    return one + other
    return None
