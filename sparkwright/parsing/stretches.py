"""Stretches of a text: blanked out, so that all others keep their place, and the one around a place."""

import re


def blanked(text: str, start: int, end: int) -> str:
    """The text with blanks from one place to another; as long as it was."""
    return f"{text[:start]}{' ' * (end - start)}{text[end:]}"


def around(borders: re.Pattern[str], text: str, start: int, end: int) -> tuple[int, int]:
    """Where the stretch between two borders begins and ends that holds a place."""
    before = [one.end() for one in borders.finditer(text, 0, start)]
    behind = borders.search(text, end)
    return before[-1] if before else 0, behind.start() if behind else len(text)
