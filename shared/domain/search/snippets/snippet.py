"""Snippets and titles of hits, as HTML in which only <mark> is markup."""

import html
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from shared.domain.binary_text import readable_regions
from shared.domain.search.query import Hit, HitPage, Passage
from shared.domain.search.snippets.excerpts import Excerpt, excerpt, is_sentence_border, region
from shared.domain.search.snippets.markdown import without_markdown
from shared.domain.search.snippets.matching import Lexemes, Match, marked, matches, wanted_lexemes
from shared.domain.stream_safe import JOINER, stream_safe

_START, _END = "\x02", "\x03"
_CUT = "…"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Quotation(NamedTuple):
    """A hit's snippet, and its title with the query's words marked.

    `start` and `end` are where the snippet is in the content. They are not exact in a text with
    binary data or accents that are not composed.
    """

    snippet: str
    title: str | None
    start: int = 0
    end: int = 0


def quotations(page: HitPage) -> list[Quotation]:
    """Return what each hit of a page shows."""
    languages = {hit.passage.language for hit in page.hits}
    lexemes = {each: wanted_lexemes(page.terms, page.weights, each) for each in languages}
    return [_quotation(hit, lexemes[hit.passage.language]) for hit in page.hits]


def _quotation(hit: Hit, lexemes: Lexemes) -> Quotation:
    title = hit.title and highlighted(hit.title, lexemes)
    shown, (start, end) = snippet(hit.passage, lexemes)
    return Quotation(shown, title, hit.passage.start + start, hit.passage.start + end)


def snippet(passage: Passage, lexemes: Lexemes) -> tuple[str, Excerpt]:
    """Return a quotation of the passage that shows the rarest of the query's words in it.

    The second value is where it is in the passage.
    """
    text = clean_text(passage.text)
    near = region(text, lexemes)
    found = matches(text[near.start : near.end], lexemes)
    part = excerpt(text[near.start : near.end], found)
    quoted = _marked_part(text[near.start : near.end], part, found)
    shown = Excerpt(near.start + part.start, near.start + part.end)
    before = "" if _begins(passage, text, shown.start) else _CUT
    after = "" if _ends(passage, text, shown.end) else _CUT
    return _as_html(f"{before}{quoted}{after}"), shown


def _marked_part(text: str, part: Excerpt, found: Sequence[Match]) -> str:
    inside = [
        Match(match.start - part.start, match.end - part.start, match.wanted)
        for match in found
        if part.start <= match.start and match.end <= part.end
    ]
    quoted = marked(text[part.start : part.end], inside, _START, _END)
    return without_markdown(quoted, lambda piece: _START in piece).strip() or quoted.strip()


def _begins(passage: Passage, text: str, start: int) -> bool:
    return passage.is_start if start == 0 else is_sentence_border(text, start)


def _ends(passage: Passage, text: str, end: int) -> bool:
    return passage.is_end if end == len(text) else is_sentence_border(text, end)


def highlighted(text: str, lexemes: Lexemes) -> str:
    """Return the whole text with the query's words marked."""
    clean = _CONTROL.sub(" ", text)
    return _as_html(marked(clean, matches(clean, lexemes), _START, _END))


def clean_text(text: str) -> str:
    """Return a text with composed accents, without control characters and binary data."""
    plain = _CONTROL.sub(" ", text)
    if not unicodedata.is_normalized("NFC", plain):  # takes linear time, unlike normalisation
        plain = unicodedata.normalize("NFC", stream_safe(plain)).replace(JOINER, "")
    return f" {_CUT} ".join(plain[each.start : each.end] for each in readable_regions(plain))


def _as_html(text: str) -> str:
    return html.escape(text).replace(_START, "<mark>").replace(_END, "</mark>")
