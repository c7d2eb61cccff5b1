"""The API's clients of PostgreSQL, Redis and model servers, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from opentelemetry.trace import Tracer

from shared.adapters.celery.app import celery_app
from shared.adapters.celery.wake_ups import BackgroundWakeUps, CeleryWakeUps
from shared.adapters.http.reranker import HttpReranker
from shared.adapters.lexing.process_lexer import ProcessLexer
from shared.adapters.observability.tracing import message_headers
from shared.adapters.ollama.chat_reranker import OllamaChatReranker
from shared.adapters.ollama.embedder import OllamaEmbedder
from shared.adapters.ollama.query_embedder import OllamaQueryEmbedder
from shared.adapters.redis.health import RedisHealth
from shared.adapters.redis.order_store import RedisOrderStore
from shared.adapters.redis.query_cache import RedisQueryCache
from shared.adapters.redis.rate_limits import RedisRateLimits
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.ports.meters import ApiMeter
from shared.services.documents.collection_languages import KnownLanguages
from shared.services.search.replicas import ReadReplicas

WAKE_UPS_STOP_SECONDS = 3.0


class Connections:
    """What services share. Nothing connects before `opened`."""

    def __init__(self, settings: Settings, tracer: Tracer, meter: ApiMeter) -> None:
        self.database = AsyncDatabase(settings)
        self.replicas = _replicas(settings, self.database, meter)
        self.redis = RedisHealth(settings)
        self.rate_limits = RedisRateLimits(settings)
        self.query_cache = RedisQueryCache(settings)
        self.orders = RedisOrderStore(settings)
        self.query_embedders = [
            OllamaQueryEmbedder(settings, host) for host in settings.query_hosts
        ]
        self.document_embedder = OllamaEmbedder(settings, settings.embed_hosts[0])
        self.reranker = _reranker(settings)
        self.lexer = ProcessLexer(settings.text_language, KnownLanguages(self.database))
        publisher = CeleryWakeUps(celery_app(settings), message_headers)
        self.wake_ups = BackgroundWakeUps(publisher, tracer)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Open them for the block. All are closed at its end, the databases last."""
        async with AsyncExitStack() as closing:
            for each in (self.database, self.replicas):
                closing.push_async_callback(each.close)
                await each.open()
            self._close_at_the_end(closing)
            self.wake_ups.start()
            yield

    def _close_at_the_end(self, closing: AsyncExitStack) -> None:
        redis = (self.redis, self.rate_limits, self.query_cache, self.orders)
        embedders = [each.close for each in self.query_embedders]
        for close in (self.lexer.close, *[each.close for each in redis], *embedders):
            closing.push_async_callback(close)
        if self.reranker is not None:
            closing.push_async_callback(self.reranker.close)
        closing.push_async_callback(asyncio.to_thread, self.document_embedder.close)
        closing.push_async_callback(asyncio.to_thread, self.wake_ups.stop, WAKE_UPS_STOP_SECONDS)


def _replicas(settings: Settings, primary: AsyncDatabase, meter: ApiMeter) -> ReadReplicas:
    replicas = [(AsyncDatabase(each), AsyncDatabase(each.for_looks)) for each in settings.replicas]
    return ReadReplicas(primary, replicas, settings.database_replica_lag_seconds, meter)


def _reranker(settings: Settings) -> HttpReranker | OllamaChatReranker | None:
    if settings.rerank_url:
        return HttpReranker(settings)
    return OllamaChatReranker(settings) if settings.rerank_chat_model else None
