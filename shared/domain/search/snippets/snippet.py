"""Snippets and titles of hits, as HTML in which only <mark> is markup."""

import html
from typing import NamedTuple

from shared.domain.search.query import Hit, HitPage
from shared.domain.search.snippets.excerpts import Excerpt, excerpt, is_sentence_border
from shared.domain.search.snippets.markdown import without_markdown
from shared.domain.search.snippets.matching import Lexemes, Match, marked, matches
from shared.domain.search.snippets.near_words import NearWords, Part, without_controls

_START, _END = "\x02", "\x03"
_CUT = "…"


class Quotation(NamedTuple):
    """A hit's snippet, and its title with the query's words marked.

    `start` and `end` are where the snippet is in the content.
    """

    snippet: str
    title: str | None
    start: int = 0
    end: int = 0


def quotations(page: HitPage, near: NearWords) -> list[Quotation]:
    """Return what each hit of a page shows."""
    return [_quotation(hit, near) for hit in page.hits]


def _quotation(hit: Hit, near: NearWords) -> Quotation:
    part = near.part(hit)
    title = hit.title and highlighted(hit.title, near.lexemes_of(hit))
    shown, (start, end) = snippet(part)
    return Quotation(shown, title, part.origin(start), part.origin(end))


def snippet(part: Part) -> tuple[str, Excerpt]:
    """Return a quotation with the rarest of the query's words, and where it is in the part."""
    shown = excerpt(part.text, part.found)
    quoted = _marked_part(part, shown)
    before = "" if _begins(part, shown.start) else _CUT
    after = "" if _ends(part, shown.end) else _CUT
    return _as_html(f"{before}{quoted}{after}"), shown


def _marked_part(part: Part, shown: Excerpt) -> str:
    inside = [
        Match(match.start - shown.start, match.end - shown.start, match.wanted)
        for match in part.found
        if shown.start <= match.start and match.end <= shown.end
    ]
    quoted = marked(part.text[shown.start : shown.end], inside, _START, _END)
    return without_markdown(quoted, lambda piece: _START in piece).strip() or quoted.strip()


def _begins(part: Part, start: int) -> bool:
    return is_sentence_border(part.text, start) if start else part.begins


def _ends(part: Part, end: int) -> bool:
    return is_sentence_border(part.text, end) if end < len(part.text) else part.ends


def highlighted(text: str, lexemes: Lexemes) -> str:
    """Return the whole text with the query's words marked."""
    clean = without_controls(text)
    return _as_html(marked(clean, matches(clean, lexemes), _START, _END))


def _as_html(text: str) -> str:
    return html.escape(text).replace(_START, "<mark>").replace(_END, "</mark>")
