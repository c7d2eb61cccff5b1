"""Removes the marks of Markdown from a quotation, and leaves its words and code."""

import re
from collections.abc import Callable

from shared.domain.search.lexing.characters import FIRST, SPACED, UNSPACED

_MARKS = "#*`|[]>~+-"
_INLINE = "*`~"
_RULE = re.compile(
    r"^[ \t]*(?:```.*|~~~.*|={3,}[ \t]*|(?:\*[ \t]*){3,}"
    r"|\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t:|-]*)?)$\n?",
    re.MULTILINE,
)
_BULLET = r"(?:\*|[+-](?![ \t]+\d))[ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)(?![*+-][ \t])"
_LEADING = re.compile(rf"^(?:[ \t]*(?:#{{1,6}}[ \t]+|>[ \t]?|{_BULLET}))+", re.MULTILINE)
_ROW = re.compile(r"^(?=.*\|[^|\n]+\|)(?:[ \t]*\|.*|.*\|[ \t]*)$", re.MULTILINE)
"""A row of a table begins or ends with a bar, and has a cell. A line of code may end with ||."""
_PIPE = re.compile(r"[ \t]*\|[ \t]*")
_APART = rf"(?<![{SPACED}\]])(?<![{SPACED}]\x03)"
"""Not directly behind a word or an index. The word may be marked as a match."""
_LINK = re.compile(rf"(?=[!\[]){_APART}!?\[([^\[\]\n]*)\]\(([^()\s]*)(?:[ \t]+\"[^\"\n]*\")?\)")

_CODE = r"(?P<code>`(?=\S)[^`\n]*(?<=\S)`)"
_PROSE = r"[^*\n!-&(-,./:-@\[-`{-~]"
"""A character of prose, which of ASCII's punctuation has only hyphens and apostrophes."""
_BEFORE = r"\s(“‘«（，。—–"  # noqa: RUF001 - punctuation of other scripts
_AFTER = ".,;:!?…)”’»）。，、；：！？"  # noqa: RUF001 - punctuation of other scripts
_OPENS = rf"(?=\*)(?<![^{_BEFORE}])(?<!\S\()(?!(?<=\()\*[^*\n]*\*\))"
_CLOSES = rf"(?=[{_AFTER}]*(?:[\s—–]|$))"  # noqa: RUF001 - dashes
_EMPHASIS = re.compile(
    rf"{_CODE}|{_OPENS}\*(?=\x02?[{FIRST}{UNSPACED}])"
    rf"(?P<text>{_PROSE}*(?<=[{SPACED}{UNSPACED}\x03]))\*{_CLOSES}"
)
"""One asterisk is emphasis only around words of prose that stand apart from other text. Otherwise
it is code: a glob, a pointer, a product or a comment."""
_STRONG = re.compile(
    rf"{_CODE}|(?=[*~]){_APART}(?<![*~\\/)}}])(?P<mark>\*\*\*?|~~)(?=[^\s*~/.,)])"
    rf"(?P<text>(?:`[^`\n]+`|[^*~`\n])*(?<=[^\s*~/,(\[{{\\]))"
    rf"(?P=mark)(?![{SPACED}*~/({{\[])(?!\x02[{SPACED}])(?!\.\w)"
)
_TICKS = re.compile(_CODE)


def without_markdown(text: str, is_marked: Callable[[str], bool]) -> str:
    """Return `text` without marks. The address of a link stays if a word in it `is_marked`."""
    if set(text).isdisjoint(_MARKS) and "\n" not in text:
        return text

    def link(match: re.Match[str]) -> str:
        label, address = match.groups()
        return f"{label} {address}" if is_marked(address) else label

    text = _LINK.sub(link, _LEADING.sub("", _RULE.sub("", text)))
    text = _ROW.sub(lambda row: _PIPE.sub(" ", row.group()).strip(), text)
    return text if set(text).isdisjoint(_INLINE) else _without_emphasis(text)


def _without_emphasis(text: str) -> str:
    """Return `text` without asterisks, tildes and backticks that are marks."""
    for emphasis in (_EMPHASIS, _STRONG):
        text = emphasis.sub(lambda found: found["code"] or found["text"], text)
    return _TICKS.sub(lambda code: code.group()[1:-1], text)
