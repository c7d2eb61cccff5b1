"""What identifies a document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class DocumentRef:
    """A document's collection and its id there. Statements lock documents in this order."""

    collection: str
    id: str
