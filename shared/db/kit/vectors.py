"""Vectors as parameters of statements."""

from shared.domain.embedding.vectors import Vector


def vector_literal(vector: Vector) -> str:
    """Return pgvector's text form of a vector."""
    return f"[{','.join(map(repr, vector))}]"
