"""A synthetic corpus of any size: vectors in clusters, words by Zipf's law.

The vectors are made block by block, so that those of ten million documents need no memory.
"""

from collections.abc import Collection, Iterator
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
BLOCK = 5000
PARTS = 100
"""The number of equal parts that the filters select from."""

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
SYLLABLES = [f"{consonant}{vowel}" for consonant in "bdfgklmnprtvz" for vowel in "aeiou"]


@dataclass(frozen=True)
class Corpus:
    """Documents 0 to `size` - 1 with their vectors, and queries near some of the documents."""

    size: int
    seed: int = 7
    has_texts: bool = True

    def numbers(self) -> Iterator[Integers]:
        """Yield the numbers of the documents, block by block."""
        for first in range(0, self.size, BLOCK):
            yield np.arange(first, min(self.size, first + BLOCK))

    def blocks(self) -> Iterator[tuple[Integers, Floats]]:
        """Yield the numbers of the documents and their vectors, block by block."""
        for block, numbers in enumerate(self.numbers()):
            yield numbers, self._block(block)

    def vectors(self, numbers: Integers) -> Floats:
        """Return the vectors of some documents."""
        found = np.empty((len(numbers), DIMENSIONS), np.float32)
        for block in np.unique(numbers // BLOCK):
            of_block = numbers // BLOCK == block
            found[of_block] = self._block(int(block))[numbers[of_block] % BLOCK]
        return found

    @cached_property
    def queries(self) -> dict[str, Floats]:
        """Queries of two to five words with their vectors, each near a document."""
        random = np.random.default_rng(self.seed + 1)
        near = self.vectors(random.integers(self.size, size=QUERIES))
        vectors = around(random, near, np.arange(QUERIES))
        texts = [self._text(random, int(random.integers(2, 6))) for _ in range(QUERIES)]
        return dict(zip(texts, vectors, strict=True))

    def text(self, number: int) -> str:
        if not self.has_texts:
            return f"document {number}"
        return self._text(np.random.default_rng((self.seed, number)), WORDS_PER_DOCUMENT)

    def nearest(self, count: int, parts: Collection[int] = range(PARTS)) -> dict[str, list[int]]:
        """Return the exact nearest documents of each query, among those in some of the parts."""
        queries = np.stack(list(self.queries.values()))
        best = np.full((len(queries), count), -2, np.float32)
        found = np.zeros((len(queries), count), np.int64)
        for numbers, vectors in self.blocks():
            chosen = np.isin(numbers % PARTS, list(parts))
            similarities = np.hstack([best, queries @ vectors[chosen].T])
            candidates = np.hstack([found, np.tile(numbers[chosen], (len(queries), 1))])
            places = np.argpartition(-similarities, count - 1, axis=1)[:, :count]
            best = np.take_along_axis(similarities, places, axis=1)
            found = np.take_along_axis(candidates, places, axis=1)
        order = np.argsort(-best, axis=1)
        return dict(
            zip(self.queries, np.take_along_axis(found, order, axis=1).tolist(), strict=True)
        )

    @cached_property
    def _centres(self) -> Floats:
        clusters = max(1, self.size // DOCUMENTS_PER_CLUSTER)
        random = np.random.default_rng(self.seed)
        return unit(random.standard_normal((clusters, DIMENSIONS), dtype=np.float32))

    def _block(self, block: int) -> Floats:
        """Return unit vectors, one row for each document, rounded to half precision."""
        random = np.random.default_rng((self.seed, BLOCK, block))
        count = min(BLOCK, self.size - block * BLOCK)
        chosen = random.integers(len(self._centres), size=count)
        return around(random, self._centres, chosen).astype(np.float16).astype(np.float32)

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


def around(random: np.random.Generator, centres: Floats, chosen: Integers) -> Floats:
    noise = random.standard_normal((len(chosen), DIMENSIONS), dtype=np.float32)
    return unit(centres[chosen] + SPREAD * noise)


def unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
