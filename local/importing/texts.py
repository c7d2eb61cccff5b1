"""Reads texts, Markdown, HTML and source code, and says why another file is none."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from shared.adapters.extraction import kinds
from shared.adapters.extraction.cleaning import clean
from shared.adapters.extraction.kinds import Kind
from shared.adapters.extraction.texts import decoded
from shared.domain.files.parts import ExtractionFailed

PAGES = frozenset(kind.name for kind in (kinds.MARKDOWN, kinds.TEXT, kinds.HTML, kinds.CODE))
"""The kinds whose files are sent as documents. The server reads all others."""


class Unusable(Exception):
    """The file cannot be read. The message completes a sentence about it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A file as a document."""

    title: str
    content: str
    format: str
    metadata: dict[str, Any]


def kind_of(name: str, head: bytes) -> Kind:
    """Return the kind of a file by its name and its first bytes. Raises Unusable."""
    try:
        return kinds.kind_of(name, None, head)
    except ExtractionFailed as failure:
        raise Unusable(_completed(failure.message)) from None


def page(kind: Kind, raw: bytes, name: str) -> Page:
    """Return the document in a file of one of PAGES. Raises Unusable."""
    try:
        text = decoded(raw)
    except ExtractionFailed as failure:
        raise Unusable(_completed(failure.message)) from None
    if kind is kinds.MARKDOWN:
        from shared.adapters.extraction.formats import markdown  # noqa: PLC0415 it takes long

        head, content = markdown.page(text, name)
    elif kind is kinds.HTML:
        from shared.adapters.extraction.formats import web_pages  # noqa: PLC0415

        head, content = web_pages.page(text, name)
    else:
        path = PurePosixPath(name)
        title = path.name if kind is kinds.CODE else path.stem
        return Page(title, clean(text), kind.name, {})
    return Page(head.title or name, clean(content), kind.name, dict(head.metadata))


def _completed(message: str) -> str:
    """Return what a message says of "the file", without its subject and what follows."""
    first = message.partition(". ")[0].rstrip(".")
    known = first.startswith("The file ")
    return first.removeprefix("The file ") if known else "is of a type that is not supported"
