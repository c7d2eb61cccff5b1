"""Chunks of an export."""

from dataclasses import dataclass

from shared.domain.embedding.vectors import Vector


@dataclass(frozen=True, slots=True)
class ExportedChunk:
    """A chunk of a document by its offsets, the hash of its text, and its vector."""

    start: int
    end: int
    text_hash: bytes
    vector: Vector
