"""A synthetic corpus of any size: vectors in clusters, words by Zipf's law."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
WORDS_PER_DOCUMENT = 60
DOCUMENTS_PER_CLUSTER = 100
SPREAD = 0.06
"""The standard deviation of each dimension of a unit vector around its cluster's centre."""
ZIPF_EXPONENT = 1.05
QUERIES = 200
PARTS = 100
"""The number of equal parts that the filters select from."""

Floats = NDArray[np.float32]
SYLLABLES = [f"{consonant}{vowel}" for consonant in "bdfgklmnprtvz" for vowel in "aeiou"]


@dataclass(frozen=True)
class Corpus:
    """Documents 0 to `size` - 1 with their vectors, and queries near some of the documents."""

    size: int
    seed: int = 7

    @cached_property
    def vectors(self) -> Floats:
        """Unit vectors, one row for each document, rounded to half precision."""
        random = np.random.default_rng(self.seed)
        clusters = max(1, self.size // DOCUMENTS_PER_CLUSTER)
        centres = unit(random.standard_normal((clusters, DIMENSIONS), dtype=np.float32))
        chosen = random.integers(clusters, size=self.size)
        return around(random, centres, chosen).astype(np.float16).astype(np.float32)

    @cached_property
    def queries(self) -> dict[str, Floats]:
        """Queries of two to five words with their vectors, each near a document."""
        random = np.random.default_rng(self.seed + 1)
        near = random.integers(self.size, size=QUERIES)
        vectors = around(random, self.vectors, near)
        texts = [self._text(random, int(random.integers(2, 6))) for _ in range(QUERIES)]
        return dict(zip(texts, vectors, strict=True))

    def text(self, number: int) -> str:
        return self._text(np.random.default_rng((self.seed, number)), WORDS_PER_DOCUMENT)

    def nearest(self, query: Floats, count: int, part: int | None = None) -> list[int]:
        """Return the exact nearest documents of a query, in one part or in all parts."""
        similarities = self.vectors @ query
        if part is not None:
            similarities[np.arange(self.size) % PARTS != part] = -2
        best = np.argpartition(-similarities, count)[:count]
        return [int(number) for number in best[np.argsort(-similarities[best])]]

    def _text(self, random: np.random.Generator, words: int) -> str:
        positions = random.random(words, dtype=np.float64)
        return " ".join(self._vocabulary[np.searchsorted(self._cumulative, positions)])

    @cached_property
    def _vocabulary(self) -> NDArray[np.str_]:
        """Words, most frequent first. Their number grows with the corpus, by Heaps' law."""
        random = np.random.default_rng(self.seed + 2)
        count = int(600 * self.size**0.45)
        drawn = random.integers(len(SYLLABLES), size=(count, 4))
        words = ["".join(SYLLABLES[index] for index in row) for row in drawn]
        return np.array(words)

    @cached_property
    def _cumulative(self) -> NDArray[np.float64]:
        weights = 1.0 / np.arange(1, len(self._vocabulary) + 1) ** ZIPF_EXPONENT
        cumulative: NDArray[np.float64] = np.cumsum(weights) / weights.sum()
        return cumulative


def around(random: np.random.Generator, centres: Floats, chosen: NDArray[np.int64]) -> Floats:
    noise = random.standard_normal((len(chosen), DIMENSIONS), dtype=np.float32)
    return unit(centres[chosen] + SPREAD * noise)


def unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
