"""What a text must contain for a pattern to match: a cheap look before the search.

Most patterns are lists of fixed words, and almost no fact has any of them. Python tries every alternative at every
character; to ask for a word whether the text has it takes a fraction of the time. So a pattern is cut into its
alternatives, and an alternative is searched only in a text that has one of its words.
"""

from collections.abc import Iterator
from itertools import pairwise

_SHORTEST = 3
_CLASSES = "wWdDsSbBAZ"
_PUNCTUATION = ".^$*+?{}[]\\|()"


def alternatives(pattern: str) -> list[str]:
    """A pattern cut at the bars that stand outside of groups and classes."""
    parts = [""]
    for token in _tokens(pattern):
        if token == "|":
            parts.append("")
        else:
            parts[-1] += token
    return parts


def words_of(pattern: str) -> tuple[str, ...]:
    """Lower-case words of which every text has one that the pattern matches; none where there are no such words."""
    found = _words(pattern)
    return tuple(sorted(found)) if found and min(map(len, found)) >= _SHORTEST else ()


def _words(pattern: str) -> frozenset[str]:
    found = [_longest(part) for part in alternatives(pattern)]
    return frozenset().union(*found) if all(found) else frozenset()


def _longest(part: str) -> frozenset[str]:
    """The words of one alternative: of its fixed runs and groups the one whose shortest word is longest."""
    return max(_candidates(part), key=lambda words: min(map(len, words), default=0), default=frozenset())


def _candidates(part: str) -> Iterator[frozenset[str]]:
    run = ""
    tokens = [*_tokens(part), ""]
    for token, following in pairwise(tokens):
        literal = _literal(token)
        optional = following in ("?", "*") or following.startswith(("{0", "{,"))
        if literal and not optional:
            run += literal.lower()
            if following != "+" and not following.startswith("{"):
                continue
        yield frozenset({run} if run else ())
        run = ""
        if token.startswith("(") and not optional:
            yield _words(_inside(token))
    yield frozenset({run} if run else ())


def _literal(token: str) -> str:
    """The character that a token stands for, where it stands for one."""
    if token.startswith("\\"):
        return "" if token[1] in _CLASSES else token[1]
    return token if len(token) == 1 and token not in _PUNCTUATION else ""


def _inside(group: str) -> str:
    """What a group holds; nothing of one that looks ahead or behind, which matches no text itself."""
    if group.startswith(("(?!", "(?=", "(?<")):
        return ""
    return group.removeprefix("(?:" if group.startswith("(?:") else "(").removesuffix(")")


def _tokens(pattern: str) -> Iterator[str]:
    """Characters, escapes, classes, quantifiers in braces and whole groups."""
    start = 0
    while start < len(pattern):
        end = _end(pattern, start)
        yield pattern[start:end]
        start = end


def _end(pattern: str, start: int) -> int:
    first = pattern[start]
    if first == "\\":
        return start + 2
    if first == "[":
        end = start + 2  # a bracket that stands first closes nothing
        while pattern[end] != "]":
            end += 2 if pattern[end] == "\\" else 1
        return end + 1
    if first == "{":
        return pattern.index("}", start) + 1
    if first == "(":
        end = start + 1
        while pattern[end] != ")":
            end = _end(pattern, end)
        return end + 1
    return start + 1
