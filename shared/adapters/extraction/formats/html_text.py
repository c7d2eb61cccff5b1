"""The text of HTML without any judgement of what matters, in one pass."""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

UNREAD = frozenset({"template", "noscript", "svg"})
CODE = frozenset({"script", "style"})
HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
PARAGRAPHS = {
    *("p", "div", "section", "article", "main", "header", "footer", "aside", "nav", "ul", "ol"),
    *("dl", "table", "blockquote", "pre", "figure", "form", "fieldset", "address", "hr"),
    *HEADINGS,
}
LINES = frozenset({"br", "tr", "li", "dt", "dd", "option", "caption"})
CELLS = frozenset({"td", "th"})
BESIDE_CELLS = frozenset({"tr", "table", "tbody", "thead", "body"})
_SPACES = re.compile(r"[ \t\r\f\v]+")
_BREAKS = re.compile(r"\s*\n\s*\n\s*")
_LINE_ENDS = re.compile(r" *\n *(?:\| *)*")


class _Unread:
    """The outermost element whose text is left out. It is, once it is closed: one may never be."""

    def __init__(self) -> None:
        self.tag = ""
        self.start = 0
        self._depth = 0

    def open(self, tag: str, start: int) -> None:
        if tag == "body":
            self.tag = ""
        elif not self.tag and tag in UNREAD:
            self.tag, self.start, self._depth = tag, start, 0
        self._depth += tag == self.tag

    def closes(self, tag: str) -> bool:
        if tag != self.tag:
            return False
        self._depth -= 1
        if not self._depth:
            self.tag = ""
        return not self._depth


class _TextOfHtml(HTMLParser):
    """Collects text. Only counters of depth are kept, so nested tags cost nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.language: str | None = None
        self.title: list[str] = []
        self._unread = _Unread()
        self._in_title = False
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.language = dict(attrs).get("lang")
        self._unread.open(tag, len(self.pieces))
        self._in_title = tag == "title" and not self._unread.tag
        self._in_cell = tag not in BESIDE_CELLS and (self._in_cell or tag in CELLS)
        self._break(tag)
        self.pieces.append(HEADINGS.get(tag, "- " if tag == "li" else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if self._unread.closes(tag):
            del self.pieces[self._unread.start :]
        if tag in CELLS or tag in BESIDE_CELLS:
            self._in_cell = False
        if tag in PARAGRAPHS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif self.cdata_elem not in CODE:
            self.pieces.append(data.replace("\n", " "))

    def _break(self, tag: str) -> None:
        if tag in CELLS:
            self.pieces.append(" | ")
        elif self._in_cell:
            self.pieces.append(" ")
        elif tag in PARAGRAPHS:
            self.pieces.append("\n\n")
        elif tag in LINES:
            self.pieces.append("\n")


def text_of_html(html: str) -> tuple[str, str | None, str | None]:
    """Return the text of a page with its headings, its title and its language."""
    parser = _TextOfHtml()
    parser.feed(html)
    parser.close()
    return _tidied(parser.pieces), "".join(parser.title) or None, parser.language


def _tidied(pieces: Sequence[str]) -> str:
    text = _SPACES.sub(" ", "".join(pieces))
    paragraphs = (_LINE_ENDS.sub("\n", each).strip(" \n|") for each in _BREAKS.split(text))
    return "\n\n".join(_not_bare(paragraphs))


def _not_bare(paragraphs: Iterator[str]) -> Iterator[str]:
    return (each for each in paragraphs if each.strip("#-| \n"))
