"""The synthetic documents of several tenants, written in turns.

Each measured tenant has a vocabulary of its own order, so a word that is rare in it may be common
elsewhere. All tenants have the same words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray

from bench.corpus.synthetic import (
    DIMENSIONS,
    DOCUMENTS_PER_CLUSTER,
    SYLLABLES,
    ZIPF_EXPONENT,
    Floats,
    Integers,
    around,
    unit,
)

WORDS = 30_000
WORDS_PER_TEXT = 40
QUERIES = 100
BATCH = 20
SMALL = 100
"""The documents of a small tenant."""
TEXTS_MAX = 50_000
"""A tenant with more documents has each text several times."""


@dataclass(frozen=True)
class TenantCorpus:
    """Documents 0 to `size` - 1 of a tenant, and queries near some of them.

    One that is not searched needs no vector index, which would take long to build.
    """

    name: str
    size: int
    seed: int
    is_searched: bool = True

    @cached_property
    def vectors(self) -> Floats:
        """Unit vectors, one row for each document, rounded to half precision."""
        random = np.random.default_rng(self.seed)
        count = max(1, self.size // DOCUMENTS_PER_CLUSTER)
        centres = unit(random.standard_normal((count, DIMENSIONS), dtype=np.float32))
        near = around(random, centres, random.integers(count, size=self.size))
        return near.astype(np.float16).astype(np.float32)

    @cached_property
    def texts(self) -> Sequence[str]:
        """The texts of the first documents. Those behind them begin again."""
        count = min(self.size, TEXTS_MAX)
        words = self._words(np.random.default_rng(self.seed + 1), (count, WORDS_PER_TEXT))
        return [" ".join(each) for each in words]

    @cached_property
    def queries(self) -> dict[str, Floats]:
        """Queries of two to five words with their vectors, each near a document."""
        random = np.random.default_rng(self.seed + 2)
        vectors = around(random, self.vectors, random.integers(self.size, size=QUERIES))
        texts = [" ".join(self._words(random, (n % 4 + 2,))) for n in range(QUERIES)]
        return dict(zip(texts, vectors, strict=True))

    def nearest(self, query: Floats, count: int) -> set[int]:
        """Return the exact nearest documents of a query."""
        return {int(number) for number in np.argpartition(-(self.vectors @ query), count)[:count]}

    def _words(self, random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        ranks = np.searchsorted(_cumulative(), random.random(shape))
        order = np.random.default_rng(self.seed + 3).permutation(WORDS)
        return _vocabulary()[order[ranks]]


def scattered(corpora: Sequence[TenantCorpus]) -> Integers:
    """Return the number of the corpus that each document is of, in the order of their keys.

    They come in batches, as imports do.
    """
    batches = [
        (owner, min(BATCH, corpus.size - first))
        for owner, corpus in enumerate(corpora)
        for first in range(0, corpus.size, BATCH)
    ]
    owners, sizes = np.random.default_rng(1).permutation(np.array(batches)).T
    return np.repeat(owners, sizes)


@cache
def _vocabulary() -> NDArray[np.str_]:
    words = map("".join, product(SYLLABLES, repeat=3))
    return np.array(list(islice(words, WORDS)))


def _cumulative() -> Floats:
    weights = 1.0 / np.arange(1, WORDS + 1) ** ZIPF_EXPONENT
    cumulative: Floats = np.cumsum(weights) / weights.sum()
    return cumulative
