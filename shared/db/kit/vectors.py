"""Vectors as parameters of statements."""

from array import array
from functools import lru_cache

from shared.domain.embedding.vectors import Vector


def vector_literal(vector: Vector) -> str:
    """Return pgvector's text form of a vector."""
    if isinstance(vector, array):
        return _literal_of_bytes(vector.typecode, vector.tobytes())
    return _literal(vector)


@lru_cache(1000)
def _literal_of_bytes(typecode: str, raw: bytes) -> str:
    """Return the literal of an array, as cached query vectors are. Making it takes 0.1 ms."""
    return _literal(array(typecode, raw))


def _literal(vector: Vector) -> str:
    return f"[{','.join(map(repr, vector))}]"
