"""The passages that an answer is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from shared.domain.files.locations import Location, LocationMap
from shared.domain.refs import DocumentRef
from shared.domain.search.relevance import Relevance


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """The document of a passage. `content_hash` changes with its title and its content."""

    key: int
    ref: DocumentRef
    version: int
    content_hash: bytes
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document by its offsets, in characters, with its text as it is stored.

    A passage that only surrounds a found one is a neighbour.
    """

    document: SourceDocument
    start: int
    end: int
    text: str
    similarity: float | None = None
    relevance: Relevance | None = None
    headings: tuple[str, ...] = ()
    is_neighbour: bool = False
    locations: LocationMap | None = None

    @property
    def text_hash(self) -> bytes:
        return sha256(self.text.encode()).digest()

    @property
    def location(self) -> Location | None:
        """Where the passage begins in the file that the document was read from."""
        return self.location_at(self.start)

    def location_at(self, offset: int) -> Location | None:
        """Return where a character of the document is in its file."""
        return self.locations.at(offset) if self.locations else None

    def touches(self, other: "Passage") -> bool:
        """Return whether both are of one document with nothing between them."""
        same = self.document == other.document
        return same and self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered passage. Only those in the prompt can be cited."""

    number: int
    passage: Passage
    in_prompt: bool = True


def joined(passages: Sequence[Passage]) -> list[Passage]:
    """Return the passages with those that touch made one, in the order of their best parts."""
    merged: list[Passage] = []
    for each in passages:
        parts = [other for other in merged if other.touches(each)]
        if not parts:
            merged.append(each)
            continue
        whole = each
        for part in parts:
            whole = _union(part, whole)
        merged[merged.index(parts[0])] = whole
        merged = [other for other in merged if other not in parts[1:]]
    return merged


def _union(best: Passage, other: Passage) -> Passage:
    """Return one passage of two that touch, with what is known of the better one."""
    first, second = sorted((best, other), key=lambda each: (each.start, each.end))
    added = second.text[max(0, first.end - second.start) :]
    end = max(first.end, second.end)
    text = first.text + added
    known = other if best.is_neighbour else best
    locations = first.locations and first.locations.joined(second.locations)
    return replace(
        known,
        start=first.start,
        end=end,
        text=text,
        headings=first.headings,
        locations=locations or second.locations,
    )
