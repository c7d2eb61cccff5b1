"""Reranking of the best hits within a time budget. A failure leaves them in their order."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from shared.domain.errors import FieldError, InvalidInput
from shared.domain.model_errors import RerankerUnavailable
from shared.domain.reasons import RerankFailure
from shared.domain.resilience.breaker import Breaker
from shared.domain.search.query import HitPage, Query
from shared.domain.search.reranking import (
    QUERY_CHARACTERS,
    Reranked,
    batch_size,
    reordered,
    texts_to_score,
    widened,
)
from shared.domain.search.snippets.near_words import NearWords
from shared.ports.meters import ApiMeter
from shared.ports.reranker import Reranker
from shared.services.search.snippets import computed


class Reranking:
    """Scores the best hits anew, best first, until all are scored or the time is over."""

    def __init__(self, reranker: Reranker | None, seconds: float, meter: ApiMeter) -> None:
        self._reranker = reranker
        self._seconds = seconds
        self._meter = meter
        self._breaker = Breaker()

    def require(self) -> Reranker:
        """Return the reranker; raises InvalidInput if there is none."""
        if self._reranker is None:
            problem = "needs a reranker; set RERANK_URL or RERANK_CHAT_MODEL"
            raise InvalidInput(FieldError(("rerank",), problem))
        return self._reranker

    def widened(self, query: Query) -> Query:
        """Return the query that finds the hits for `rerank`."""
        return widened(query, self.require().hits_max)

    async def rerank(
        self, query: Query, found: HitPage, near: NearWords
    ) -> tuple[HitPage, Reranked]:
        """Return the page of `query`. `found` has the hits of `widened(query)`."""
        hits_max = self.require().hits_max
        if query.offset >= hits_max:
            return found, Reranked(0, 0)
        texts = await computed(found, partial(texts_to_score, near=near, hits_max=hits_max))
        scores, reason = await self._scores(query.text[:QUERY_CHARACTERS], texts)
        hits = reordered(found.hits, scores)[query.offset : query.wanted]
        return replace(found, hits=hits), Reranked(len(scores), len(texts), reason)

    async def _scores(
        self, query: str, texts: Sequence[str]
    ) -> tuple[Sequence[float], RerankFailure | None]:
        if not self._breaker.allows(time.monotonic()):
            return [], RerankFailure(self._breaker.reason or RerankFailure.UNREACHABLE)
        scores: list[float] = []
        reason = await self._score(query, texts, scores)
        if reason is not None and not scores:
            self._breaker.record_failure(time.monotonic(), reason)
        else:
            self._breaker.record_success()
        self._meter.search_reranked("partial" if scores and reason else reason or "complete")
        return scores, reason

    async def _score(
        self, query: str, texts: Sequence[str], scores: list[float]
    ) -> RerankFailure | None:
        """Append the scores batch by batch. Return why some are missing."""
        reranker = self.require()
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                while len(scores) < len(texts):
                    seconds = time.monotonic() - started
                    fitting = batch_size(seconds, len(scores), self._seconds - seconds)
                    size = min(fitting, reranker.batch_max)
                    batch = texts[len(scores) : len(scores) + size]
                    scores += await reranker.scores(query, batch)
        except TimeoutError:
            return RerankFailure.TIMEOUT
        except RerankerUnavailable as error:
            return error.reason
        return None
