"""Markdown and MDX, with front matter and links between pages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePath

from shared.adapters.extraction.cleaning import clean_title
from shared.adapters.extraction.cutting import Head, Piece, cut
from shared.adapters.extraction.formats.front_matter import front_matter
from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.sizes import WHOLE_MAX_BYTES, checked_size
from shared.adapters.extraction.texts import decoded
from shared.domain.files.parts import Part

_LINK = re.compile(
    r"!?\[\[(?P<page>[^\[\]|\s][^\[\]|\n]{0,200})(?:\|(?P<shown>[^\[\]\n]{1,200}))?\]\]"
)
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")
_MODULE = re.compile(r"(?:import|export)\b(?=[\s{*])")


def read(file: Path, name: str, limits: ExtractionLimits) -> Iterator[Part]:
    checked_size(file, WHOLE_MAX_BYTES)
    head, text = page(decoded(file.read_bytes()), name)
    yield from cut(head, [Piece(text)])


def page(text: str, name: str) -> tuple[Head, str]:
    """Return what a text in Markdown says of itself, and what there is to read."""
    found = front_matter(text)
    body = found.body
    if PurePath(name).suffix.lower() == ".mdx":
        body = "".join(_without_modules(body.splitlines(keepends=True))).lstrip("\n")
    title = found.head.title or clean_title(_heading(body)) or PurePath(name).stem
    if "[[" in body:
        body = "".join(_with_readable_links(body.splitlines(keepends=True)))
    tags = f"Tags: {', '.join(found.tags)}\n\n" if found.tags else ""
    return replace(found.head, title=title), tags + body


def _heading(body: str) -> str | None:
    first = body.lstrip().partition("\n")[0]
    return first[2:] if first.startswith("# ") else None


def _with_readable_links(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines in which [[a page|some words]] is what a reader sees."""
    for line, is_code in _told_apart(lines):
        yield line if is_code else _LINK.sub(_shown, line)


def _shown(link: re.Match[str]) -> str:
    words: str = link["shown"] or link["page"].replace("#", " > ").lstrip(" >")
    return words.strip()


def _without_modules(lines: Iterable[str]) -> Iterator[str]:
    """Leave out the paragraphs of MDX that import or export."""
    is_module, after_blank = False, True
    for line, is_code in _told_apart(lines):
        is_blank = not line.strip()
        if is_module and not is_blank:
            continue
        is_module = not is_code and after_blank and _MODULE.match(line) is not None
        if not is_module:
            yield line
        after_blank = is_blank


def _told_apart(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield each line, and whether it belongs to a fenced block of code."""
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        if fence:
            yield line, True
            if found and found["fence"].startswith(fence) and not line.strip(" `~\n"):
                fence = ""
        else:
            fence = found["fence"] if found else ""
            yield line, bool(fence)
