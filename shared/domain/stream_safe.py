"""The Stream-Safe Text Format (UAX #15): no long run of combining marks.

Normalisation sorts such a run by insertion, which takes quadratic time.
"""

import re
import unicodedata

MARKS_MAX = 30
"""The longest run of marks."""
JOINER = "\u034f"


def _is_mark(character: str) -> bool:
    """Return whether a character is, or may become, a combining mark.

    PostgreSQL may know characters that this version of Unicode does not.
    """
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first)[0] == "M" or unicodedata.category(first) == "Cn"


def _mark_class() -> str:
    """Return the marks as the inside of a character class.

    It contains whole planes, because a class of single characters beyond U+FFFF is slow. A joiner
    among emoji does no harm.
    """
    basic = (chr(code) for code in range(0x300, 0x10000) if not 0xD800 <= code <= 0xF8FF)
    return "".join(filter(_is_mark, basic)) + "\U00010000-\U0001ffff\U000e0000-\U000e0fff"


MARK = _mark_class()
"""All marks, for a character class of a regular expression."""
_LONG_RUN = re.compile(f"([{MARK}]{{{MARKS_MAX}}})(?=[{MARK}])")


def stream_safe(text: str) -> str:
    """Return `text` with a joiner after each MARKS_MAX marks in a row."""
    return text if text.isascii() else _LONG_RUN.sub(rf"\1{JOINER}", text)
