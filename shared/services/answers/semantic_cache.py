"""Answers of similar questions about the same sources.

A similar vector is not enough: the questions must also ask the same by their words, and be as
similar as the entry has learned. Some hits are answered again in the background, and the cache
switches itself off if too many of those answers differ.
"""

import base64
import json
import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from shared.domain.answers.cache_key import CacheKey
from shared.domain.answers.error_budget import ErrorBudget
from shared.domain.answers.learned_threshold import LearnedThreshold, Observation
from shared.domain.answers.same_answer import Said, is_same_answer
from shared.domain.answers.same_question import may_share
from shared.domain.embedding.vectors import Vector, cosine_similarity
from shared.ports.chat import AnswerCache, CachedAnswer

CHECKED_SHARE = 0.05
"""So many hits are answered again."""
ENTRIES_MAX = 8
CHARACTERS_MAX = 60_000
"""So many questions about the same sources are kept, with their vectors as text."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Entry:
    """A question that was answered, and what its answer has stood for since."""

    question: str
    vector: Sequence[float]
    key: bytes
    threshold: LearnedThreshold = field(default_factory=LearnedThreshold)


@dataclass(frozen=True, slots=True)
class SimilarAnswer:
    """The answer of another question that asks the same."""

    entry: Entry
    answer: CachedAnswer
    similarity: float
    is_near_enough: bool
    is_checked: bool


class SemanticCache:
    """Finds answers of questions that ask the same in other words. Unless enabled, it has none."""

    def __init__(self, cache: AnswerCache, *, enabled: bool) -> None:
        self._cache = cache
        self._enabled = enabled
        self._budget = ErrorBudget()

    @property
    def is_on(self) -> bool:
        return self._enabled and not self._budget.is_spent

    async def find(self, question: str, vector: Vector, key: CacheKey) -> SimilarAnswer | None:
        """Return the answer of the most similar question that asks the same."""
        entries = [each for each in await self._read(key) if may_share(question, each.question)]
        if not entries:
            return None
        similarity, best = max(
            ((cosine_similarity(vector, each.vector), each) for each in entries),
            key=lambda pair: pair[0],
        )
        answer = await self._cache.get(best.key)
        if answer is None:
            return None
        is_near = similarity >= best.threshold.value
        is_checked = random.random() < CHECKED_SHARE  # noqa: S311 - a sample
        return SimilarAnswer(best, answer, similarity, is_near, is_checked)

    async def keep(self, question: str, vector: Vector, key: CacheKey) -> None:
        """Remember a question whose answer was just cached."""
        entries = [each for each in await self._read(key) if each.key != key.exact]
        await self._write(key, [Entry(question, vector, key.exact), *entries])

    async def compare(self, found: SimilarAnswer, key: CacheKey, cached: Said, own: Said) -> None:
        """Learn from a question that was answered although another one's answer was there."""
        is_right = is_same_answer(cached, own)
        if found.is_near_enough:
            self._record(is_right=is_right)
        threshold = found.entry.threshold.observed(found.similarity, is_right=is_right)
        changed = replace(found.entry, threshold=threshold)
        entries = await self._read(key)
        await self._write(key, [changed if each.key == changed.key else each for each in entries])

    def _record(self, *, is_right: bool) -> None:
        was_on = self.is_on
        self._budget = self._budget.with_observation(is_right=is_right)
        if was_on and self._budget.is_spent:
            log.warning("semantic_cache.switched_off", detail="Too many of its answers differ.")

    async def _read(self, key: CacheKey) -> list[Entry]:
        return [_unpacked(text) for text in await self._cache.get_texts(key.evidence)]

    async def _write(self, key: CacheKey, entries: Sequence[Entry]) -> None:
        packed = [_packed(each) for each in entries[:ENTRIES_MAX]]
        while sum(map(len, packed)) > CHARACTERS_MAX:
            packed.pop()
        await self._cache.put_texts(key.evidence, packed)


def _packed(entry: Entry) -> str:
    vector = base64.b64encode(struct.pack(f"<{len(entry.vector)}e", *entry.vector)).decode()
    observed = entry.threshold.observations
    observations = [(round(each.similarity, 5), int(each.is_right)) for each in observed]
    return json.dumps([entry.question, vector, entry.key.hex(), observations])


def _unpacked(text: str) -> Entry:
    question, packed, key, observations = json.loads(text)
    read = base64.b64decode(packed)
    vector = struct.unpack(f"<{len(read) // 2}e", read)
    learned = [Observation(similarity, bool(right)) for similarity, right in observations]
    threshold = LearnedThreshold(learned)
    return Entry(question, vector, bytes.fromhex(key), threshold)
