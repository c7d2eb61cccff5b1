"""Which parts of the found documents are read, and in which order they go into a prompt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.search.query import HitPage
from shared.domain.search.relevance import Relevance

EDITED_CHARACTERS = 1200
"""The size of a passage of a text whose chunks are not made yet."""
LEAD_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of a found document, with the spans before and after it.

    The offsets are those of a text with the `content_hash`.
    """

    key: int
    content_hash: bytes
    start: int
    end: int
    similarity: float | None = None
    has_word: bool = False
    before: tuple[int, int] | None = None
    after: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a document to read.

    A neighbour only surrounds a found chunk. A place without a `content_hash` is no chunk: it may
    begin and end within a sentence.
    """

    key: int
    start: int
    end: int
    content_hash: bytes | None = None
    similarity: float | None = None
    is_neighbour: bool = False


def relevant(page: HitPage, levels: Sequence[Relevance | None]) -> list[int]:
    """Return the keys of the hits, only of the strong and fair ones if there are any."""
    keys = [hit.ranked.key for hit in page.hits]
    if not {Relevance.STRONG, Relevance.FAIR}.intersection(levels):
        return keys
    pairs = zip(keys, levels, strict=True)
    return [key for key, level in pairs if level in {Relevance.STRONG, Relevance.FAIR}]


def places(
    keys: Sequence[int], chunks: Sequence[Chunk], word_places: Mapping[int, int | None]
) -> list[Place]:
    """Return what to read, the best first.

    Each document's best chunks come first, by its rank. The others follow by their similarity, and
    at last the neighbours of the best. A text whose chunks are not made yet is read around its
    words.
    """
    best = {key: _best([each for each in chunks if each.key == key]) for key in keys}
    found = [each for key in keys for each in best[key]]
    first = [
        place
        for key in keys
        for place in [*map(_place, best[key])] or [_around(key, word_places.get(key))]
    ]
    rest = sorted((each for each in chunks if each not in found), key=_descending)
    return [*first, *map(_place, rest), *_neighbours(found)]


def _best(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return a document's nearest chunk and the one with the words."""
    if not chunks:
        return []
    nearest = min(chunks, key=_descending)
    with_word = next((each for each in chunks if each.has_word), nearest)
    return [nearest] if with_word == nearest else [nearest, with_word]


def _descending(chunk: Chunk) -> float:
    return 1.0 if chunk.similarity is None else -chunk.similarity


def _place(chunk: Chunk) -> Place:
    return Place(chunk.key, chunk.start, chunk.end, chunk.content_hash, chunk.similarity)


def _around(key: int, word_place: int | None) -> Place:
    start = max(0, (word_place or 0) - LEAD_CHARACTERS)
    return Place(key, start, start + EDITED_CHARACTERS)


def _neighbours(best: Sequence[Chunk]) -> Iterator[Place]:
    for chunk in best:
        for start, end in filter(None, (chunk.after, chunk.before)):
            yield Place(chunk.key, start, end, chunk.content_hash, is_neighbour=True)
