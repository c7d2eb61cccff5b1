"""Documents of an export."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ExportedDocument:
    """A document as it is when its part of an export is read. Exports are in the order of keys."""

    key: int
    id: str
    title: str | None
    content: str
    metadata: dict[str, Any]
    content_hash: bytes
