"""How similar a question must be to share a cached answer, learned from answers that were compared.

One threshold for all is wrong: right and wrong hits overlap, and where depends on the question. So
each entry learns its own. It observes hits that were answered again, and misses with a candidate
below the threshold, which are answered in any case.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

START = 0.97
"""Half of the paraphrases of `python -m bench semantic-cache` are at least so similar with
all-minilm. So are a quarter of its near misses, which is why `may_share` decides first."""
LEAST = 0.85
"""Below it, other answers are more likely than the same."""
WRONG_SHARE = 0.01
DOUBT = 0.05
"""How probable so few wrong answers may be if their share is WRONG_SHARE."""
TRUSTED = 299
"""Hits from START on count as so many right ones before any was observed. It is the least number
without a wrong one that is enough. `python -m bench semantic-cache` found none in 1,000."""
OBSERVATIONS_MAX = 500
"""Enough to outweigh one wrong answer. Each takes about 50 bytes where entries are stored."""
NEVER = 2.0
STEP = 1e-6
"""How much a similarity must be above that of a wrong hit."""


@dataclass(frozen=True, slots=True)
class Observation:
    """How similar a question was, and whether its own answer was the same as the cached one."""

    similarity: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class LearnedThreshold:
    """The threshold of one cached answer, from the latest observations."""

    observations: Sequence[Observation] = ()

    def observed(self, similarity: float, *, is_right: bool) -> "LearnedThreshold":
        """Return the threshold with another observation."""
        latest = self.observations[1 - OBSERVATIONS_MAX :]
        return LearnedThreshold((*latest, Observation(similarity, is_right)))

    @property
    def _wrong(self) -> list[Observation]:
        return [each for each in self.observations if not each.is_right]

    @property
    def value(self) -> float:
        """The least similarity of a hit. NEVER is above all."""
        least = self._from_start()
        return self._below_start() if least == START else least

    def _from_start(self) -> float:
        """Return START, or a higher similarity if wrong answers were observed above it."""
        above = sorted(each.similarity for each in self.observations if each.similarity >= START)
        wrong = sorted(each.similarity for each in self._wrong if each.similarity >= START)
        for least in (START, *(similarity + STEP for similarity in wrong)):
            count = TRUSTED + len(above) - bisect_left(above, least)
            if least <= 1.0 and is_rare(len(wrong) - bisect_left(wrong, least), count):
                return least
        return NEVER

    def _below_start(self) -> float:
        """Return the lowest similarity down from START that has been right often enough."""
        least, count, wrong = START, 0, 0
        below = [each for each in self.observations if LEAST <= each.similarity < START]
        for each in sorted(below, key=lambda each: (-each.similarity, each.is_right)):
            count, wrong = count + 1, wrong + (not each.is_right)
            if each.is_right and is_rare(wrong, count):
                least = each.similarity
        return least


def is_rare(wrong: int, count: int) -> bool:
    """Return whether the share of wrong ones is below WRONG_SHARE, with little DOUBT.

    It is the exact binomial test: so few would be improbable if the share were WRONG_SHARE.
    """
    if wrong > WRONG_SHARE * count:
        return False
    probability = math.fsum(
        math.comb(count, k) * WRONG_SHARE**k * (1 - WRONG_SHARE) ** (count - k)
        for k in range(wrong + 1)
    )
    return probability <= DOUBT
