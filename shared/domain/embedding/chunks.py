"""The chunks of a document: what is embedded of it, a text at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from shared.domain.embedding.splitting import split
from shared.domain.embedding.tokens import CountTokens

SMALLEST_TOKENS = 16
"""No text is cut into smaller pieces than this, however little a model can read."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document's content by its offsets, and the text that is embedded for it."""

    start: int
    end: int
    text: str

    @property
    def text_hash(self) -> bytes:
        """SHA-256 of the text: what is embedded under this hash need not be embedded again."""
        return sha256(self.text.encode()).digest()


def chunks_of(
    title: str | None, content: str, max_tokens: int, count: CountTokens
) -> Iterator[Chunk]:
    """Give a document's chunks in order, each under the document's title.

    A document that fits is one chunk. A title that would fill more than a quarter of a chunk
    is shortened there.
    """
    heading = _shortened(title, max_tokens // 4, count) if title else None
    room = max(SMALLEST_TOKENS, max_tokens - count(heading or ""))
    for span in split(content, room, count):
        text = embedded_text(heading, content[span.start : span.end])
        yield Chunk(span.start, span.end, text)


def embedded_text(title: str | None, piece: str) -> str:
    """Return the text whose vector finds a piece of a document's content."""
    return piece if title is None else f"{title}\n\n{piece}"


def _shortened(title: str, max_tokens: int, count: CountTokens) -> str:
    return title[: split(title, max(1, max_tokens), count)[0].end].rstrip()
