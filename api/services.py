"""The API's services: built once per process, started and stopped with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from opentelemetry.trace import Tracer

from api.answering import AnsweringClients
from api.measured import Measured
from shared.adapters.celery.app import celery_app
from shared.adapters.celery.wake_ups import BackgroundWakeUps, CeleryWakeUps
from shared.adapters.http.reranker import HttpReranker
from shared.adapters.lexing.process_lexer import ProcessLexer
from shared.adapters.observability.api_metrics import ApiMetrics
from shared.adapters.observability.instrumented_embedder import InstrumentedQueryEmbedder
from shared.adapters.observability.tracing import message_headers
from shared.adapters.ollama.chat_reranker import OllamaChatReranker
from shared.adapters.ollama.embedder import OllamaEmbedder
from shared.adapters.ollama.query_embedder import OllamaQueryEmbedder
from shared.adapters.redis.health import RedisHealth
from shared.adapters.redis.order_store import RedisOrderStore
from shared.adapters.redis.query_cache import RedisQueryCache
from shared.adapters.redis.rate_limits import RedisRateLimits
from shared.adapters.sealing import AesSivSealing
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.limits import Limits
from shared.domain.documents.validation import DocumentLimits
from shared.domain.documents.writes import WriteMode
from shared.domain.embedding.throughput import RequestLimits
from shared.domain.operations.client import Client
from shared.domain.operations.memory_budget import MemoryBudget
from shared.domain.operations.statistics import ScalingAim
from shared.domain.webhooks.addresses import Networks
from shared.ports.sealing import Sealing
from shared.services.access.allowances import Allowances
from shared.services.access.quotas import TenantQuotas
from shared.services.access.rate_limiter import RateLimiter
from shared.services.access.server_key import ServerKey
from shared.services.access.service import Access
from shared.services.answers.service import AnswerService
from shared.services.answers.similarity_floor import SimilarityFloors
from shared.services.collections.model_choice import ModelChooser
from shared.services.collections.service import CollectionService
from shared.services.documents.admission import Admission
from shared.services.documents.bulk_import import BulkImport
from shared.services.documents.collection_languages import KnownLanguages
from shared.services.documents.export import ExportService
from shared.services.documents.imports import ImportService
from shared.services.documents.inspection import DocumentInspection
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from shared.services.files.service import FileService
from shared.services.migrations.preflight import PreflightService
from shared.services.migrations.rehearsal import Rehearsal
from shared.services.migrations.service import MigrationService
from shared.services.operations.activity import ActivityService
from shared.services.operations.background import in_background
from shared.services.operations.failures import FailureService
from shared.services.operations.long_work import LongWork
from shared.services.operations.pool_watch import watch_pool
from shared.services.operations.server_health import AnyServer
from shared.services.operations.service_levels import ServiceLevels
from shared.services.operations.shutdown import Shutdown
from shared.services.operations.startup_report import report_startup
from shared.services.operations.status import StatusService
from shared.services.operations.system_metrics import SystemMetrics
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from shared.services.search.recent_queries import RecentQueries
from shared.services.search.replicas import ReadReplicas
from shared.services.search.replicated import ReplicatedSearch
from shared.services.search.reranking import Reranking
from shared.services.search.service import SearchService
from shared.services.search.similar import SimilarService
from shared.services.search.text_embeddings import TextEmbeddings
from shared.services.webhooks.service import WebhookService

STOP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Services:
    """What routes call."""

    settings: Settings
    access: Access
    documents: DocumentService
    inspection: DocumentInspection
    collections: CollectionService
    imports: ImportService
    exports: ExportService
    files: FileService
    search: ReplicatedSearch
    replicas: ReadReplicas
    similar: SimilarService
    answers: AnswerService
    embeddings: TextEmbeddings
    events: EventFeed
    status: StatusService
    activity: ActivityService
    failures: FailureService
    levels: ServiceLevels
    system_metrics: SystemMetrics
    metrics: ApiMetrics
    webhooks: WebhookService
    migrations: MigrationService
    server_key: ServerKey
    body_budget: MemoryBudget
    long_work: LongWork
    shutdown: Shutdown
    allowances: Allowances
    quotas: TenantQuotas
    limiter: RateLimiter

    async def sealing(self) -> Sealing:
        """Return what seals cursors and ids; raises DatabaseUnavailable before the first time."""
        return await self.server_key.sealing()

    def stop(self) -> None:
        """End long requests, because the server stops."""
        self.shutdown.begin()
        self.events.stop()

    def bulk_import(self, mode: WriteMode, client: Client) -> AbstractContextManager[BulkImport]:
        """Start an import of a client; raises TooBusy."""
        return self.documents.bulk_import(self.settings.bulk_batch_documents, mode, client)


async def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


@asynccontextmanager
async def running_services(
    settings: Settings, measured: Measured, tracer: Tracer
) -> AsyncIterator[Services]:
    """Build the services, run them inside the block, and close all connections."""
    metrics = measured.metrics
    database = AsyncDatabase(settings)
    access = Access.of(settings, database)
    publisher = CeleryWakeUps(celery_app(settings), message_headers)
    wake_ups = BackgroundWakeUps(publisher, tracer)
    embedders = [OllamaQueryEmbedder(settings, each) for each in settings.query_hosts]
    redis = RedisHealth(settings)
    documents_embedder = OllamaEmbedder(settings, settings.embed_hosts[0])
    cache, orders = RedisQueryCache(settings), RedisOrderStore(settings)
    lexer = ProcessLexer(settings.text_language, KnownLanguages(database))
    rate_limits = RedisRateLimits(settings)
    allowances = Allowances(database, _limits(settings))
    quotas = TenantQuotas(database, allowances, metrics)
    admission = _admission(settings, database, quotas)
    reranker = _reranker(settings)
    events = EventFeed(database, metrics, settings.event_streams_max)
    status = StatusService(settings, database, redis, AnyServer(embedders), measured.durations)
    activity = ActivityService(database, measured.durations.activity)
    servers = QueryServers([InstrumentedQueryEmbedder(each, tracer) for each in embedders])
    queries = _query_embeddings(settings, servers, cache, metrics)
    recent_queries = RecentQueries(database, enabled=bool(settings.recent_queries))
    reranking = Reranking(reranker, settings.rerank_seconds, metrics)
    lag_seconds = settings.database_replica_lag_seconds
    copies = [(AsyncDatabase(each), AsyncDatabase(each.for_looks)) for each in settings.replicas]
    replicas = ReadReplicas(database, copies, lag_seconds, metrics)

    def search_on(database: AsyncDatabase) -> SearchService:
        return SearchService(database, queries, reranking, orders, recent_queries, metrics)

    search = ReplicatedSearch(database, replicas, search_on, metrics)
    answering = AnsweringClients(settings, database, metrics)
    floors = SimilarityFloors(database, queries)
    preflight = PreflightService(database, documents_embedder, settings.binary_index_chunks)
    background = (
        access.run(),
        watch_pool(database, metrics),
        *replicas.watches(),
        events.run(),
        activity.run(),
        report_startup(status),
        recent_queries.run(),
        answering.load(embedders[0]),
        Rehearsal(database, queries).run(),
    )
    await database.open()
    await replicas.open()
    wake_ups.start()
    async with in_background(*background):
        yield Services(
            settings=settings,
            access=access,
            documents=_documents(settings, database, lexer, wake_ups, events, metrics, admission),
            inspection=DocumentInspection(database),
            files=FileService(database, admission, quotas, settings.file_max_bytes),
            collections=CollectionService(
                database, ModelChooser(database, preflight, settings.chunk_tokens)
            ),
            imports=ImportService(database),
            exports=ExportService(database),
            search=search,
            replicas=replicas,
            answers=answering.service(search, floors),
            similar=SimilarService(database),
            embeddings=TextEmbeddings(
                database,
                queries,
                RequestLimits(
                    settings.embed_request_seconds,
                    settings.embed_request_max_texts,
                    settings.embed_request_max_tokens,
                ),
            ),
            events=events,
            status=status,
            activity=activity,
            failures=FailureService(database),
            levels=measured.levels,
            system_metrics=SystemMetrics(
                database,
                status,
                ScalingAim(settings.scaling_target_seconds, settings.model_slots),
            ),
            metrics=metrics,
            webhooks=WebhookService(
                database, Networks.parse(settings.webhook_allowed_networks), settings.webhooks_max
            ),
            migrations=MigrationService(database, preflight),
            server_key=ServerKey(database, AesSivSealing),
            body_budget=MemoryBudget(settings.body_buffers_max_bytes),
            long_work=LongWork(),
            shutdown=Shutdown(),
            allowances=allowances,
            quotas=quotas,
            limiter=RateLimiter(rate_limits, settings.processes),
        )
    await asyncio.to_thread(wake_ups.stop, STOP_SECONDS)
    await asyncio.to_thread(documents_embedder.close)
    await activity.finish()
    await floors.close()
    await answering.close()
    for connected in (
        *embedders,
        reranker,
        cache,
        orders,
        rate_limits,
        redis,
        lexer,
        replicas,
        database,
    ):
        if connected is not None:
            await connected.close()


def _reranker(settings: Settings) -> HttpReranker | OllamaChatReranker | None:
    if settings.rerank_url:
        return HttpReranker(settings)
    return OllamaChatReranker(settings) if settings.rerank_chat_model else None


def _admission(settings: Settings, database: AsyncDatabase, quotas: TenantQuotas) -> Admission:
    return Admission(
        database,
        settings.pending_max_documents,
        settings.bulk_max_streams,
        max_waits=max(1, settings.connections_max // 2),
        quotas=quotas,
    )


def _documents(
    settings: Settings,
    database: AsyncDatabase,
    lexer: ProcessLexer,
    wake_ups: BackgroundWakeUps,
    events: EventFeed,
    metrics: ApiMetrics,
    admission: Admission,
) -> DocumentService:
    limits = DocumentLimits(settings.document_max_bytes, settings.metadata_max_bytes)
    return DocumentService(database, lexer, wake_ups, events, admission, limits, metrics)


def _limits(settings: Settings) -> Limits:
    return Limits(
        settings.requests_per_minute, settings.bytes_per_minute, settings.tokens_per_minute
    )


def _query_embeddings(
    settings: Settings,
    servers: QueryServers,
    cache: RedisQueryCache,
    metrics: ApiMetrics,
) -> QueryEmbeddings:
    budget, entries = settings.query_embed_budget_seconds, settings.query_cache_entries
    return QueryEmbeddings(servers, cache, budget, entries, metrics)
