"""The semantic cache learns from answers that it could compare, and switches itself off."""

from collections.abc import Sequence
from typing import ClassVar

import pytest
from structlog.testing import capture_logs

from shared.domain.answers.cache_key import CacheKey
from shared.domain.answers.chat import ChatEnd, EndReason
from shared.domain.answers.same_answer import Said
from shared.domain.embedding.vectors import cosine_similarity
from shared.ports.chat import CachedAnswer
from shared.services.answers.semantic_cache import ENTRIES_MAX, SemanticCache

pytestmark = pytest.mark.anyio

QUESTION = "How long does ink take to dry?"
POLITE = "Please, how long does ink take to dry?"
KEY = CacheKey(b"x" * 32, b"e" * 32)
ANSWER = CachedAnswer(QUESTION, "Three minutes [1].", ChatEnd(EndReason.STOP, 9, 3), "chat")


class MemoryCache:
    """An answer cache of this process."""

    def __init__(self) -> None:
        self.answers = {KEY.exact: ANSWER}
        self.texts: dict[bytes, Sequence[str]] = {}

    async def get(self, key: bytes) -> CachedAnswer | None:
        return self.answers.get(key)

    async def put(self, key: bytes, answer: CachedAnswer) -> None:
        self.answers[key] = answer

    async def get_texts(self, key: bytes) -> Sequence[str]:
        return self.texts.get(key, [])

    async def put_texts(self, key: bytes, texts: Sequence[str]) -> None:
        self.texts[key] = texts


class TestSemanticCache:
    NEAR: ClassVar = [1.0, 0.1]
    FAR: ClassVar = [1.0, 0.5]

    async def cache(self) -> SemanticCache:
        cache = SemanticCache(MemoryCache(), enabled=True)
        await cache.keep(QUESTION, [1.0, 0.0], KEY)
        return cache

    async def test_a_question_that_asks_the_same_finds_the_answer(self) -> None:
        found = await (await self.cache()).find(POLITE, self.NEAR, KEY)
        assert found
        assert (found.answer, found.is_near_enough) == (ANSWER, True)
        assert found.similarity == pytest.approx(cosine_similarity([1.0, 0.0], self.NEAR))

    async def test_words_and_similarity_both_count(self) -> None:
        cache = await self.cache()
        assert await cache.find("How long does oil take to dry?", [1.0, 0.0], KEY) is None
        found = await cache.find(POLITE, self.FAR, KEY)
        assert found
        assert not found.is_near_enough

    async def test_other_evidence_has_other_entries(self) -> None:
        cache = await self.cache()
        assert await cache.find(POLITE, self.NEAR, CacheKey(b"x" * 32, b"f" * 32)) is None

    async def test_an_entry_whose_answer_is_gone_is_no_hit(self) -> None:
        store = MemoryCache()
        cache = SemanticCache(store, enabled=True)
        await cache.keep(QUESTION, [1.0, 0.0], KEY)
        store.answers.clear()
        assert await cache.find(POLITE, self.NEAR, KEY) is None

    async def test_a_wrong_hit_raises_the_threshold_of_its_entry(self) -> None:
        cache = await self.cache()
        for _ in range(4):
            found = await cache.find(POLITE, self.NEAR, KEY)
            assert found
            await cache.compare(found, KEY, Said("Three minutes."), Said("Nine minutes."))
        found = await cache.find(POLITE, self.NEAR, KEY)
        assert found
        assert not found.is_near_enough

    async def test_it_switches_itself_off_and_says_so_once(self) -> None:
        cache = await self.cache()
        found = await cache.find(POLITE, self.NEAR, KEY)
        assert found
        with capture_logs() as logs:
            for _ in range(10):
                await cache.compare(found, KEY, Said("Three minutes."), Said("Nine minutes."))
        assert not cache.is_on
        assert [each["event"] for each in logs] == ["semantic_cache.switched_off"]

    async def test_right_hits_leave_it_on(self) -> None:
        cache = await self.cache()
        found = await cache.find(POLITE, self.NEAR, KEY)
        assert found
        for _ in range(300):
            await cache.compare(found, KEY, Said("Three minutes."), Said("Three minutes."))
        assert cache.is_on

    async def test_it_keeps_a_few_questions_for_the_same_evidence(self) -> None:
        store = MemoryCache()
        cache = SemanticCache(store, enabled=True)
        for number in range(2 * ENTRIES_MAX):
            key = CacheKey(number.to_bytes(32, "big"), KEY.evidence)
            await cache.keep(f"What is number {number}?", [1.0, float(number)], key)
        assert len(store.texts[KEY.evidence]) == ENTRIES_MAX


def test_it_is_off_unless_enabled() -> None:
    assert not SemanticCache(MemoryCache(), enabled=False).is_on
