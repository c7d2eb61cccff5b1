"""Vectors: which of them can be searched, and how similar two are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from shared.domain.model_errors import TextRejected
from shared.domain.reasons import RejectionCode

Vector = Sequence[float]

HALF_MAX = 65504.0
HALF_MIN = 2.0**-24
"""The largest and the smallest positive 16-bit float. Vectors are stored as 16-bit floats."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """A model server's answer: one vector per text, and the times it reports, in seconds."""

    vectors: Sequence[Vector]
    load_seconds: float = 0.0
    total_seconds: float = 0.0
    tokens: int = 0


def check_vector(vector: Vector, dimensions: int) -> None:
    """Raise TextRejected unless `vector` has `dimensions` finite 16-bit numbers, not all zero."""
    if len(vector) != dimensions:
        raise TextRejected(
            RejectionCode.WRONG_DIMENSIONS,
            f"The model returned a vector of {len(vector)} numbers instead of {dimensions}. Check "
            "that the model server still serves the same model, then retry the document.",
        )
    largest = max(map(abs, vector), default=0.0)
    if not (math.isfinite(sum(vector)) and largest <= HALF_MAX):  # the sum is NaN if any number is
        raise TextRejected(
            RejectionCode.VECTOR_NOT_FINITE,
            "The model returned NaN or infinite numbers for this text. Change the text or update "
            "the model server, then retry the document.",
        )
    if largest < HALF_MIN:
        raise TextRejected(
            RejectionCode.VECTOR_ZERO,
            "The model returned only zeros for this text, which no search can find. Change the "
            "text, then retry the document.",
        )


def cosine_similarity(a: Vector, b: Vector) -> float:
    """Return the cosine of the angle between `a` and `b`, or 0.0 if it is not defined."""
    if len(a) != len(b):
        return 0.0
    product = sum(map(mul, a, b))
    norms = math.hypot(*a) * math.hypot(*b)
    return product / norms if norms else 0.0
