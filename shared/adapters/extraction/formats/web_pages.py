"""HTML: the text that matters, as trafilatura finds it, else all text of the page."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import trafilatura

from shared.adapters.extraction.charsets import declared_charset
from shared.adapters.extraction.cleaning import clean_language, clean_metadata, clean_title
from shared.adapters.extraction.cutting import Head, Piece, cut
from shared.adapters.extraction.formats.html_text import text_of_html
from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.sizes import WHOLE_MAX_BYTES, checked_size
from shared.adapters.extraction.texts import decoded
from shared.domain.files.parts import Part

ENOUGH_CHARACTERS = 200
"""If trafilatura finds less, the page is no article."""


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    checked_size(file, WHOLE_MAX_BYTES)
    raw = file.read_bytes()
    head, text = page(decoded(raw, declared_charset(raw)), name)
    yield from cut(head, [Piece(text)])


def page(html: str, name: str) -> tuple[Head, str]:
    """Return what a page says of itself, and its text."""
    everything, title, language = text_of_html(html)
    text, found = _article(html)
    if len(text) < ENOUGH_CHARACTERS:
        text = everything
    tag = clean_language(language)
    known = {key: found[key] for key in ("author", "date") if found.get(key)}
    metadata = clean_metadata(({"lang": tag} if tag else {}) | known)
    shown = clean_title(found.get("title"), title, PurePath(name).stem)
    return Head(shown, metadata, tag), text


def _article(html: str) -> tuple[str, dict[str, Any]]:
    """Return what trafilatura finds. If it stumbles over a page, the page has its text still."""
    if "<" not in html:
        return "", {}
    try:
        tree = trafilatura.load_html(html)
        found = trafilatura.extract_metadata(tree).as_dict()
        text = trafilatura.extract(tree, output_format="markdown", include_comments=False)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return "", {}
    return text or "", found
