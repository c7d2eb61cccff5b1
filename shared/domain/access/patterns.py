"""Patterns of collections, in which `*` stands for any text."""

_ANY = "\0"
"""Stands for the text of a `*`. No name and no pattern contains it."""


def matches(pattern: str, name: str) -> bool:
    """Return whether the pattern stands for the name. The cost is linear."""
    first, *others = pattern.split("*")
    if not others:
        return pattern == name
    *middle, last = others
    position, end = len(first), len(name) - len(last)
    if position > end or not name.startswith(first) or not name.endswith(last):
        return False
    for part in middle:
        found = name.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def covers(outer: str, inner: str) -> bool:
    """Return whether `outer` stands for every name that `inner` stands for."""
    return matches(outer, inner.replace("*", _ANY))
