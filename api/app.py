"""The API's composition root."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api.checker import Checker
from api.http import errors
from api.http.responses import EVERYWHERE, register_problem
from api.middleware.head import HeadRequests
from api.middleware.request_log import RequestLog
from api.middleware.tracing import RequestTracing
from api.middleware.trusted_host import TrustedHosts
from api.routes import (
    bulk,
    collections,
    console,
    documents,
    events,
    metrics,
    search,
    status,
    webhooks,
)
from api.services import Services
from shared.adapters.celery.app import celery_app
from shared.adapters.celery.wake_ups import BackgroundWakeUps, CeleryWakeUps
from shared.adapters.observability.api_metrics import ApiMetrics
from shared.adapters.observability.instrumented_embedder import InstrumentedQueryEmbedder
from shared.adapters.observability.prometheus import by_label
from shared.adapters.observability.tracing import OFF, Tracing, origin_headers, tracing_of
from shared.adapters.ollama.query_embedder import OllamaQueryEmbedder
from shared.adapters.redis.health import RedisHealth
from shared.adapters.redis.query_cache import RedisQueryCache
from shared.config import Settings, get_settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.operations.durations import RequestDurations
from shared.domain.webhooks.addresses import Networks
from shared.ports.model import QueryEmbedder
from shared.services.documents.admission import Admission
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from shared.services.operations.status import StatusService
from shared.services.operations.system_metrics import SystemMetrics
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.service import SearchService
from shared.services.webhooks.service import WebhookService

STOP_SECONDS = 3.0

DESCRIPTION = """
Documents are searchable as soon as the ink is dry: a write is stored at once with status
`pending`, workers embed it through Ollama and mark it `ready`, and a search embeds its query only.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; it connects when it starts and needs no server to do so."""
    settings = settings or get_settings()
    measured, durations = ApiMetrics(), RequestDurations()
    tracing = tracing_of(settings, "inkdex-api")
    # /docs brings its own scripts: a private service should not need, or tell, the web.
    app = FastAPIOffline(
        title="Inkdex",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=_lifespan(settings, measured, durations, tracing),
        responses=EVERYWHERE,
        # Its own spans and logs would tell queries and the words of errors.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    errors.install(app)
    app.add_middleware(HeadRequests)
    app.add_middleware(TrustedHosts, allowed=settings.own_hosts)
    if tracing is not OFF:
        app.add_middleware(RequestTracing, tracing=tracing)
    app.add_middleware(RequestLog, metrics=measured, durations=durations)
    app.include_router(bulk.router)
    for part in (documents, collections, search, events, status, metrics, webhooks):
        app.include_router(part.router)
    console.install(app)
    register_problem(app)
    return app


def _lifespan(
    settings: Settings, measured: ApiMetrics, durations: RequestDurations, tracing: Tracing
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = AsyncDatabase(settings)
        publisher = CeleryWakeUps(celery_app(settings), origin_headers(tracing))
        wake_ups = BackgroundWakeUps(publisher, tracing)
        embedder, redis = OllamaQueryEmbedder(settings), RedisHealth(settings)
        cache = RedisQueryCache(settings)
        changes = EventFeed(settings, database)
        documents = DocumentService(database, wake_ups, changes, _admission(settings, database))
        query_embeddings = _query_embeddings(
            settings, InstrumentedQueryEmbedder(embedder, tracing), cache
        )
        status = StatusService(settings, database, redis, embedder, durations)
        _watch(measured, documents, query_embeddings, changes)
        app.state.services = Services(
            settings=settings,
            checker=Checker(settings),
            documents=documents,
            search=SearchService(database, query_embeddings),
            changes=changes,
            status=status,
            gauges=SystemMetrics(database, status),
            metrics=measured,
            webhooks=WebhookService(database, Networks.parse(settings.webhook_allowed_networks)),
        )
        await database.open()
        wake_ups.start()
        listening = asyncio.create_task(changes.run())
        yield
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await asyncio.to_thread(wake_ups.stop, STOP_SECONDS)
        await embedder.close()
        await cache.close()
        await redis.close()
        await database.close()
        await asyncio.to_thread(tracing.close)

    return lifespan


def _admission(settings: Settings, database: AsyncDatabase) -> Admission:
    return Admission(database, settings.pending_max_documents, settings.bulk_max_streams)


def _query_embeddings(
    settings: Settings, embedder: QueryEmbedder, cache: RedisQueryCache
) -> QueryEmbeddings:
    budget, entries = settings.query_embed_budget_seconds, settings.query_cache_entries
    return QueryEmbeddings(embedder, cache, budget, entries)


def _watch(
    measured: ApiMetrics,
    documents: DocumentService,
    query_embeddings: QueryEmbeddings,
    changes: EventFeed,
) -> None:
    """Show the counters that services keep."""
    measured.count(
        "inkdex_documents_written",
        "Documents accepted, by lane and whether their text is to be embedded or unchanged.",
        ("lane", "embedding"),
        lambda: {
            (lane, "owed" if owed else "unchanged"): number
            for (lane, owed), number in documents.written.items()
        },
    )
    measured.count(
        "inkdex_query_embeddings",
        "Queries that asked for their vector, by where it came from.",
        ("source",),
        lambda: by_label(query_embeddings.lookups),
    )
    measured.gauge(
        "inkdex_query_breaker_open",
        "Whether the model server failed just now and searches go by words: 1 or 0.",
        (),
        lambda: {(): float(query_embeddings.paused)},
    )
    measured.gauge(
        "inkdex_event_listeners",
        "Connections that listen to GET /v1/events.",
        (),
        lambda: {(): changes.listeners},
    )
