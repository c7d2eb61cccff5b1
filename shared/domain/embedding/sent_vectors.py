"""Vectors that come with a document: read from JSON, checked, and packed for storage."""

import struct
from array import array
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.embedding.chunks import Chunk
from shared.domain.embedding.vectors import Vector, check_vector
from shared.domain.model_errors import TextRejected

DIMENSIONS_MAX = 16_000
"""pgvector stores no longer vectors."""
UNREADABLE = (LookupError, TypeError, ValueError, OverflowError, struct.error, TextRejected)
"""What is raised for vectors that cannot be those of their document."""
HASH_PREFIX = "sha256:"
_HASH_BYTES = 32
_NO_HASH = bytes(_HASH_BYTES)
_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class SentVectors:
    """The vectors of a document's chunks, and the fingerprint of the model that made them.

    `chunks` has the offsets, the hash and the vector of each, in 16-bit floats as it is stored.
    """

    fingerprint: bytes
    chunks: bytes

    @property
    def model_fingerprint(self) -> Vector:
        return floats(self.fingerprint)

    def of_chunks(self, plan: Mapping[bytes, Chunk]) -> dict[bytes, Vector]:
        """Return the vectors of those chunks that have the same place and text, by their hash."""
        sent = {(start, end): (hash_, vector) for start, end, hash_, vector in self._unpacked()}
        found = {}
        for digest, chunk in plan.items():
            hash_, vector = sent.get((chunk.start, chunk.end), (_NO_HASH, None))
            if vector is not None and hash_ in {digest, _NO_HASH}:
                found[digest] = vector
        return found

    def _unpacked(self) -> Iterator[tuple[int, int, bytes, Vector]]:
        layout = _layout(len(self.fingerprint) // _FLOAT_BYTES)
        for start, end, hash_, *vector in layout.iter_unpack(self.chunks):
            yield start, end, hash_, vector


class VectorReading:
    """Reads the vectors of a document, a chunk at a time, because a document may have thousands.

    Each vector must be finite and as long as the fingerprint. The chunks must lie within the text,
    in order. Everything raises one of UNREADABLE otherwise.
    """

    def __init__(self, value: Any, characters: int) -> None:  # noqa: ANN401 - JSON
        """Read what describes the model. The document's text has so many characters."""
        model = value["model"]
        self._raw = _decoded(model["fingerprint"])
        fingerprint = floats(self._raw)
        self._dimensions = len(fingerprint)
        if model.get("dimensions", self._dimensions) != self._dimensions:
            raise ValueError("the fingerprint has other dimensions")
        if self._dimensions > DIMENSIONS_MAX:
            raise ValueError("the vectors are too long")
        check_vector(fingerprint, self._dimensions)
        self._layout = _layout(self._dimensions)
        self._characters = characters
        self._start = 0
        self._packed = bytearray()
        self.given = list(value["chunks"])

    def add(self, chunk: Any) -> None:  # noqa: ANN401 - JSON
        start, end = _offset(chunk["start"]), _offset(chunk["end"])
        if not self._start <= start < end <= self._characters:
            raise ValueError("the chunk is not within the text, or not in order")
        vector = floats(_decoded(chunk["vector"]))
        check_vector(vector, self._dimensions)
        self._packed += self._layout.pack(start, end, _hash(chunk.get("hash")), *vector)
        self._start = start

    def done(self) -> SentVectors:
        if not self._packed:
            raise ValueError("there is no chunk")
        return SentVectors(self._raw, bytes(self._packed))


def floats(raw: bytes) -> Vector:
    """Return 32-bit floats, little-endian, as numbers; raises struct.error."""
    return array("f", struct.unpack(f"<{len(raw) // _FLOAT_BYTES}f", raw))


def encoded_floats(vector: Vector) -> bytes:
    """Return numbers as 32-bit floats, little-endian."""
    return struct.pack(f"<{len(vector)}f", *vector)


def _decoded(text: object) -> bytes:
    if not isinstance(text, str) or not text:
        raise TypeError("not a text")
    return b64decode(text, validate=True)


def _offset(value: object) -> int:
    if type(value) is not int:  # True is an int too
        raise TypeError("not an integer")
    return value


def _hash(value: object) -> bytes:
    if value is None:
        return _NO_HASH
    if not isinstance(value, str) or not value.startswith(HASH_PREFIX):
        raise TypeError("not a hash")
    found = bytes.fromhex(value.removeprefix(HASH_PREFIX))
    if len(found) != _HASH_BYTES:
        raise ValueError("not a hash")
    return found


def _layout(dimensions: int) -> struct.Struct:
    """Return the layout of a packed chunk: offsets, hash and vector."""
    return struct.Struct(f"<ii{_HASH_BYTES}s{dimensions}e")
