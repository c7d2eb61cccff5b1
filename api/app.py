"""The API's composition root."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api import errors
from api.checker import Checker
from api.dependencies import Services
from api.headed import Headed
from api.hosts import OwnHosts
from api.observed import Observed
from api.responses import EVERYWHERE, register_problem
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
from api.traced import Traced
from shared.adapters.broker import BackgroundWakeUps, CeleryWakeUps, RedisPart, celery_app
from shared.adapters.measured import MeasuredQueryEmbedder
from shared.adapters.metrics import ApiMetrics, by_label
from shared.adapters.ollama import OllamaQueryEmbedder
from shared.adapters.query_cache import RedisQueryCache
from shared.adapters.tracing import OFF, Tracing, origin_headers, tracing_of
from shared.config import Settings, get_settings
from shared.db.pool import AsyncDatabase
from shared.domain.latency import RequestDurations
from shared.domain.webhooks import Networks
from shared.ports import QueryEmbedder
from shared.services.admission import Admission
from shared.services.changes import Changes
from shared.services.documents import DocumentService
from shared.services.gauges import GaugeService
from shared.services.query_embeddings import QueryEmbeddings
from shared.services.search import SearchService
from shared.services.status import StatusService
from shared.services.webhooks import WebhookService

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
    app.add_middleware(Headed)
    app.add_middleware(OwnHosts, allowed=settings.own_hosts)
    if tracing is not OFF:
        app.add_middleware(Traced, tracing=tracing)
    app.add_middleware(Observed, metrics=measured, durations=durations)
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
        embedder, redis = OllamaQueryEmbedder(settings), RedisPart(settings)
        cache = RedisQueryCache(settings)
        changes = Changes(settings, database)
        documents = DocumentService(database, wake_ups, changes, _admission(settings, database))
        query_embeddings = _query_embeddings(
            settings, MeasuredQueryEmbedder(embedder, tracing), cache
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
            gauges=GaugeService(database, status),
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
    changes: Changes,
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
