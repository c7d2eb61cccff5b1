"""The headings above a passage of a Markdown text."""

import re

_HEADING = re.compile(r"^(#{1,6})[ \t]+(\S[^\n]{0,200})", re.MULTILINE)
_FENCE = re.compile(r"^(?:```|~~~)[^\n]*\n.*?^(?:```|~~~)", re.MULTILINE | re.DOTALL)


def headings(lead: str) -> tuple[str, ...]:
    """Return the headings that are open at the end of a text, the highest first."""
    if "#" not in lead:
        return ()
    found: list[tuple[int, str]] = []
    for match in _HEADING.finditer(_FENCE.sub("", lead)):
        level = len(match[1])
        found = [each for each in found if each[0] < level]
        found.append((level, match[2].strip(" #\t")))
    return tuple(text for _, text in found)
