"""The two kinds of vector index of a model, and what each of them compares."""

import math
from enum import StrEnum

BITS_DIMENSIONS_MIN = 192
"""Two bits of each dimension tell too little about shorter vectors, whose index is small anyway."""
REMEMBERED_SECONDS = 3.0
"""So long a search may believe that a model still has its former index."""
THRESHOLD = 0.4
"""In standard deviations of a dimension. Each pair of bits is one of three values, about as
frequent as each other."""
FOUND_BY_TWICE = 100_000.0
"""Among so many chunks, twice the candidates are enough (decision 54)."""
FOUND_MAX = 1000
"""A scan of the index returns so many at once."""
_PAGE = 8192
_ROOM = 8160
_BESIDE_THE_VECTOR = 72 + 8 + 206 + 8
"""Of a page, its room for chunks, and what a chunk takes of it besides its vector: the entry, the
vector's header, the links of an index with an `m` of 16, and the page's directory."""


class IndexKind(StrEnum):
    """An index of the vectors themselves, or one of their bits. The name of an index has it."""

    VECTORS = "embedding"
    BITS = "bits"

    def index_of(self, model_id: int) -> str:
        """Return the name of a model's index."""
        return f"chunks_{self}_{model_id:d}"

    def bytes_of_a_chunk(self, dimensions: int) -> float:
        """Return the bytes of a chunk in the index, about: 3% too many for bits."""
        vector = 2 * dimensions if self is IndexKind.VECTORS else 2 * dimensions / 8
        return _PAGE / max(1, _ROOM // (vector + _BESIDE_THE_VECTOR))

    @property
    def other(self) -> "IndexKind":
        return IndexKind.BITS if self is IndexKind.VECTORS else IndexKind.VECTORS


def wanted_kind(dimensions: int, chunks: float, limit: int, *, has_bits: bool) -> IndexKind:
    """Return the kind for so many chunks. A limit of 0 means never bits.

    A model keeps its bits until it has half as many chunks, so that no index is built and dropped
    again and again. It keeps them, too, if the number is not known: then it is 0 or less.
    """
    if limit == 0 or dimensions < BITS_DIMENSIONS_MIN:
        return IndexKind.VECTORS
    is_large = chunks > limit or (has_bits and (chunks <= 0 or chunks > limit / 2))
    return IndexKind.BITS if is_large else IndexKind.VECTORS


def found_by_bits(candidates: int, chunks: float) -> int:
    """Return how many chunks the bits must find, so that the nearest are among them.

    Twice as many with four times the chunks: the more there are, the more of them have almost the
    same bits. The number is `candidates` times a power of two, so few statements differ by it.
    """
    times = max(chunks, FOUND_BY_TWICE) / FOUND_BY_TWICE
    return max(2 * candidates, min(FOUND_MAX, candidates << round(math.log2(4 * times) / 2)))


def bits(vector: str, dimensions: int) -> str:
    """Return the bits of a vector in SQL: which dimensions exceed the threshold, and minus it.

    A search uses the index only if it repeats this expression with the same literals.
    """
    threshold = THRESHOLD / math.sqrt(dimensions)
    thresholds = f"array_fill({threshold:.6f}::real, ARRAY[{dimensions:d}])::halfvec"
    unit = f"l2_normalize({vector})"
    return (
        f"binary_quantize(({unit} - {thresholds}) || ({unit} + {thresholds}))"
        f"::bit({2 * dimensions:d})"
    )
