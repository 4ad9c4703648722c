"""Match names against patterns with ``*`` for any characters, in time that no pattern can blow up."""


def matches(pattern: str, name: str) -> bool:
    """Whether the name matches the pattern, in which ``*`` stands for any characters, or none.

    Each part between stars is matched at its first occurrence, which is sufficient; without backtracking, the time is
    at most the product of both lengths. Case matters, as it does for queues and users.
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
    """Whether any of the patterns matches; no patterns match every name."""
    return not patterns or any(matches(pattern, name) for pattern in patterns)
