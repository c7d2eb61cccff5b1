"""How vectors are handed to pgvector."""

from shared.domain.vectors import Vector


def vector_literal(vector: Vector) -> str:
    """Return pgvector's text form of a vector."""
    return f"[{','.join(map(repr, vector))}]"
