"""How similar the best hit of a question must be, so that the documents are about it.

Cosines of different models do not compare, and of more texts, one is more similar by chance. So
the similarities of everyday questions to a sample of the chunks are measured for each model. The
best of n chunks that have nothing to do with a question lies about `_deviations(n)` above their
median.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

from shared.domain.answers.everyday_questions import REFERENCE
from shared.domain.search.relevance import SimilarityScale

RATIO = 1.35
"""How many times as far the floor lies above the median. The best hits of questions that documents
answer lie 1.5 to 3.5 times as far, and those of other questions 0.1 to 1.4 times."""
WEAK_RATIO = 0.5
"""The same in languages that a model knows badly. It finds all their texts alike, so questions
that documents answer lie hardly above others. Few of them should be refused."""
WEAK_DEVIATIONS = 2.0
"""A model knows a language badly if unrelated texts are so much more similar than English ones."""
BELOW = 0.9
"""How probably the best of random chunks is below the expected similarity."""
CHUNKS_MAX = 10_000
"""Of more chunks, some are about almost any question."""


@dataclass(frozen=True, slots=True)
class SimilarityFloor:
    """The scale of English everyday questions, and the medians of those in each language."""

    reference: SimilarityScale
    medians: Mapping[str, float]

    def of(self, language: str, chunks: float) -> float:
        """Return the least similarity of the best of so many chunks to a question."""
        mean, deviation = self.reference.mean, self.reference.deviation
        median = self.medians.get(language, mean)
        is_weak = median > mean + WEAK_DEVIATIONS * deviation
        return median + (WEAK_RATIO if is_weak else RATIO) * _deviations(chunks) * deviation


def floor_of(scales: Mapping[str, SimilarityScale]) -> SimilarityFloor | None:
    """Return the floor from the scales of questions, whose means are medians."""
    reference = scales.get(REFERENCE)
    medians = {language: scale.mean for language, scale in scales.items()}
    return SimilarityFloor(reference, medians) if reference else None


def _deviations(chunks: float) -> float:
    return NormalDist().inv_cdf(BELOW ** (1 / min(max(chunks, 1.0), CHUNKS_MAX)))
