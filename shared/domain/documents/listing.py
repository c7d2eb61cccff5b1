"""Which documents a list shows, in which order, and where it continues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.documents.document import Document, Status
from shared.domain.documents.filters import Filter
from shared.domain.refs import Collection

EXCERPT_CHARACTERS = 300

Position = tuple[int | str | datetime, ...]
"""Where a page ends, in the order of its list."""


class Order(StrEnum):
    """The order of a list; `-` stands for descending."""

    CREATED_AT = "created_at"
    CREATED_AT_DESCENDING = "-created_at"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DESCENDING = "-updated_at"
    TITLE = "title"
    TITLE_DESCENDING = "-title"
    SIZE = "size"
    SIZE_DESCENDING = "-size"
    ID = "id"
    ID_DESCENDING = "-id"

    @property
    def field(self) -> str:
        return self.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.startswith("-")


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a collection: up to `limit` documents that meet all conditions, `after` a position.

    Without `ids`, all documents are meant.
    """

    collection: Collection
    status: Status | None = None
    ids: Sequence[str] | None = None
    conditions: tuple[Filter, ...] = ()
    order: Order = Order.CREATED_AT_DESCENDING
    limit: int = 50
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of documents, and the position after which the next page starts."""

    documents: list[Document]
    next_after: Position | None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A document of which `content` is only the beginning, and the size of the whole content."""

    document: Document
    content_bytes: int


@dataclass(frozen=True, slots=True)
class ExcerptPage:
    """A page of excerpts, and the position after which the next page starts."""

    excerpts: list[Excerpt]
    next_after: Position | None
