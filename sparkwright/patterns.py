"""Names with ``*`` for any run of characters: matched in time that no pattern can blow up."""


def matches(pattern: str, name: str) -> bool:
    """Whether the name is the pattern, ``*`` standing for any run of characters, also none.

    Each part between stars is taken where it comes first: that is enough, and nothing is ever tried again, so that the
    time is at most the product of both lengths. Case matters, as it does to queues and users.
    """
    head, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    *middle, tail = rest
    if len(name) < len(head) + len(tail) or not name.startswith(head) or not name.endswith(tail):
        return False
    at, end = len(head), len(name) - len(tail)
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def any_matches(patterns: tuple[str, ...], name: str) -> bool:
    """Whether one of the patterns fits; none at all fit every name."""
    return not patterns or any(matches(pattern, name) for pattern in patterns)
