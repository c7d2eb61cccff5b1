"""How documents are written, and the result."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from shared.domain.documents.document import Document

LOST_RACES_MAX = 10
"""A write is tried so often if other writes of the same document come first."""


class WriteMode(StrEnum):
    """What a write does with a document that exists."""

    CREATE = "create"
    """Leave it alone."""
    UPSERT = "upsert"
    """Replace it, or create it."""
    UPSERT_SAME_SOURCE = "upsert_same_source"
    """As UPSERT, but leave a document alone that another source wrote."""
    REPLACE_VERSION = "replace_version"
    """Replace it if it is at the expected version."""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The stored document, or None if the write's condition did not hold.

    `owed` tells that the document now waits for an embedding.
    """

    document: Document | None
    created: bool = False
    owed: bool = False


class BatchResult(NamedTuple):
    """How many documents of a batch changed, now wait for an embedding, and replaced another."""

    changed: int
    owed: int
    replaced: int = 0
