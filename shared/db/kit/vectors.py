"""How a vector is handed to pgvector as a parameter."""

from shared.domain.embedding.vectors import Vector


def vector_literal(vector: Vector) -> str:
    """Return pgvector's text form of a vector."""
    return f"[{','.join(map(repr, vector))}]"
