"""Removes the marks of Markdown from a quotation, and leaves its words."""

import re
from collections.abc import Callable

_MARKS = "#*`|[]>~+-"
_RULE = re.compile(
    r"^[ \t]*(?:```.*|~~~.*|={3,}[ \t]*|(?:\*[ \t]*){3,}"
    r"|\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t:|-]*)?)$\n?",
    re.MULTILINE,
)
_LEADING = re.compile(
    r"^(?:[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[*+-][ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)))+", re.MULTILINE
)
_ROW = re.compile(r"^(?:[ \t]*\|.*|.*\|[ \t]*)$", re.MULTILINE)
_PIPE = re.compile(r"[ \t]*\|[ \t]*")
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\(([^()\s]*)(?:[ \t]+\"[^\"\n]*\")?\)")
_STRONG = re.compile(r"(\*\*|~~|`)(?=\S)([^\n]*?\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]*[^\s*\\])\*(?![\w*])")


def without_markdown(text: str, is_marked: Callable[[str], bool]) -> str:
    """Return `text` without marks. The address of a link stays if a word in it `is_marked`."""
    if set(text).isdisjoint(_MARKS) and "\n" not in text:
        return text

    def link(match: re.Match[str]) -> str:
        label, address = match.groups()
        return f"{label} {address}" if is_marked(address) else label

    text = _LINK.sub(link, _LEADING.sub("", _RULE.sub("", text)))
    text = _ROW.sub(lambda row: _PIPE.sub(" ", row.group()).strip(), text)
    return _EMPHASIS.sub(r"\1", _STRONG.sub(r"\2", text))
