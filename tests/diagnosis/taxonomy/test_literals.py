import pytest

from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from sparkwright.diagnosis.taxonomy.marks.literals import alternatives, words_of
from sparkwright.diagnosis.taxonomy.marks.search import marks_in


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        (r"a|b", ["a", "b"]),
        (r"a(b|c)d|e", ["a(b|c)d", "e"]),
        (r"a\|b|[|]c|[]|]d", [r"a\|b", "[|]c", "[]|]d"]),
        (r"(?!x|y)z|a{0,3}", ["(?!x|y)z", "a{0,3}"]),
    ],
)
def test_a_pattern_is_cut_at_its_own_bars(pattern: str, parts: list[str]) -> None:
    assert alternatives(pattern) == parts


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"No space left", ("no space left",)),
        (r"Errno 28\b|ENOSPC", ("enospc", "errno 28")),
        (r"exit(ed)? with", (" with",)),
        (r"tokens?\.x", ("token",)),
        (r"(alpha|beta)\d+", ("alpha", "beta")),
        (r"(?!alpha)gamma", ("gamma",)),
        (r"(alpha)?\d", ()),
        (r"a{2}bcd", ("bcd",)),
        (r"abc+d", ("abc",)),
        (r"ab", ()),
        (r"alpha|\d+", ()),
    ],
)
def test_the_words_that_a_match_cannot_be_without(pattern: str, words: tuple[str, ...]) -> None:
    assert words_of(pattern) == words


@pytest.mark.parametrize("side", ["driver", "executor"])
def test_the_search_by_words_finds_what_the_patterns_find(marked_lines: list[str], side: str) -> None:
    found = 0
    for line in marked_lines:
        expected = {
            (cause.name, mark.strength)
            for cause in ROOT_CAUSES.values()
            for mark in cause.marks
            if mark.side in ("either", side)
            and mark.pattern.search(line) is not None
            and (mark.unless is None or mark.unless.search(line) is None)
        }
        assert {(cause, strength) for cause, strength, _ in marks_in(line, side)} == expected
        found += len(expected)
    assert found > len(marked_lines) / 2
