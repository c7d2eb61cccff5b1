"""What makes a vector fit to be searched."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from shared.domain.errors import RejectionCode, TextRejected

Vector = Sequence[float]

HALF_MAX = 65504.0
HALF_MIN = 2.0**-24
"""The largest and the smallest positive number of a 16-bit float, as which vectors are kept."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """A model server's answer: a vector a text, and what it says of its work, in seconds."""

    vectors: Sequence[Vector]
    load_seconds: float = 0.0
    total_seconds: float = 0.0
    tokens: int = 0


def check_vector(vector: Vector, dimensions: int) -> None:
    """Raise TextRejected unless `vector` has `dimensions` numbers that 16-bit floats can hold."""
    if len(vector) != dimensions:
        raise TextRejected(
            RejectionCode.WRONG_DIMENSIONS,
            f"The model made a vector of {len(vector)} numbers where its others have {dimensions}. "
            "Check that the model server still serves the same model, then retry the document.",
        )
    largest = max(map(abs, vector), default=0.0)
    if not (math.isfinite(sum(vector)) and largest <= HALF_MAX):  # a sum is never blind to a NaN
        raise TextRejected(
            RejectionCode.VECTOR_NOT_FINITE,
            "The model made a vector with NaN or boundless numbers of this text. Change the text, "
            "or update the model server, then retry the document.",
        )
    if largest < HALF_MIN:
        raise TextRejected(
            RejectionCode.VECTOR_ZERO,
            "The model made a vector of zeros of this text, which no search can find. Change the "
            "text, then retry the document.",
        )


def cosine_similarity(a: Vector, b: Vector) -> float:
    """Return the cosine of the angle between `a` and `b`; 0.0 where it is not defined."""
    if len(a) != len(b):
        return 0.0
    product = sum(map(mul, a, b))
    norms = math.hypot(*a) * math.hypot(*b)
    return product / norms if norms else 0.0
