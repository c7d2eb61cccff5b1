"""The chunks of a document: the texts that are embedded for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath

from shared.domain.binary_text import readable_regions
from shared.domain.embedding.splitting import split
from shared.domain.embedding.tokens import CountTokens

SMALLEST_TOKENS = 16
"""The size limit of a chunk is never below this, even for a model that reads fewer tokens."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document's content by its offsets, and the text that is embedded for it."""

    start: int
    end: int
    text: str

    @property
    def text_hash(self) -> bytes:
        """The SHA-256 of the text; chunks with equal hashes share one embedding."""
        return sha256(self.text.encode()).digest()


def chunks_of(
    title: str | None, content: str, max_tokens: int, count: CountTokens
) -> Iterator[Chunk]:
    """Yield the chunks of a document in order, each with the title above its piece of content.

    A document of at most `max_tokens` is one chunk. A title longer than a quarter of `max_tokens`
    is shortened. No chunk contains binary data.
    """
    heading = _shortened(title, max_tokens // 4, count) if title else None
    room = max(SMALLEST_TOKENS, max_tokens - count(heading or ""))
    for region in readable_regions(content):
        for span in split(content[region.start : region.end], room, count):
            start, end = region.start + span.start, region.start + span.end
            yield Chunk(start, end, embedded_text(heading, content[start:end]))


def embedded_title(title: str | None, file: str | None) -> str | None:
    """Return the title that is embedded: none if it is only the name of the document's file.

    So a renamed file is not embedded again. Searches find the name by its words.
    """
    if title is None or file is None:
        return title
    path = PurePath(file)
    return None if title in {path.name, path.stem} else title


def embedded_text(title: str | None, piece: str) -> str:
    """Return the text that is embedded for a piece of content."""
    return piece if title is None else f"{title}\n\n{piece}"


def _shortened(title: str, max_tokens: int, count: CountTokens) -> str:
    return title[: split(title, max(1, max_tokens), count)[0].end].rstrip()
