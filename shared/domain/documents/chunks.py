"""The chunks of a document: where they are in its text."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text with a vector. `start` and `end` are offsets in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DocumentChunks:
    """The chunks of a version of a document under the active model, in the order of the text.

    A piece that occurs several times is one chunk. Before the first embedding there are none, and
    `version` and `model` are None.
    """

    version: int | None
    model: str | None
    chunks: Sequence[Chunk] = ()
