"""Builds the API's services once per process, and runs them as long as it serves."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from opentelemetry.trace import Tracer

from api.composition.answering import Answering
from api.composition.connections import Connections
from api.composition.searching import Searching
from api.composition.writing import Writing
from api.measured import Measured
from api.services import Services
from shared.adapters.sealing import AesSivSealing
from shared.config import Settings
from shared.domain.operations.memory_budget import MemoryBudget
from shared.domain.operations.statistics import ScalingAim
from shared.domain.webhooks.addresses import Networks
from shared.services.access.rate_limiter import RateLimiter
from shared.services.access.server_key import ServerKey
from shared.services.access.service import Access
from shared.services.collections.model_choice import ModelChooser
from shared.services.collections.service import CollectionService
from shared.services.documents.export import ExportService
from shared.services.documents.imports import ImportService
from shared.services.documents.inspection import DocumentInspection
from shared.services.events.event_feed import EventFeed
from shared.services.migrations.preflight import PreflightService
from shared.services.migrations.service import MigrationService
from shared.services.operations.activity import ActivityService
from shared.services.operations.background import in_background
from shared.services.operations.failures import FailureService
from shared.services.operations.long_work import LongWork
from shared.services.operations.pool_watch import watch_pool
from shared.services.operations.server_health import AnyServer
from shared.services.operations.shutdown import Shutdown
from shared.services.operations.startup_report import report_startup
from shared.services.operations.status import StatusService
from shared.services.operations.system_metrics import SystemMetrics
from shared.services.search.similar import SimilarService
from shared.services.webhooks.service import WebhookService


@asynccontextmanager
async def running_services(
    settings: Settings, measured: Measured, tracer: Tracer
) -> AsyncIterator[Services]:
    """Build the services, run them inside the block, and close all connections."""
    connections = Connections(settings, tracer, measured.metrics)
    searching = Searching(settings, connections, tracer, measured.metrics)
    answering = Answering(settings, connections.database, searching, measured.metrics)
    services = _services(settings, measured, connections, searching, answering)
    async with AsyncExitStack() as running:
        await running.enter_async_context(connections.opened())
        for finish in (answering.close, searching.floors.close, services.activity.finish):
            running.push_async_callback(finish)
        works = (
            services.access.run(),
            watch_pool(connections.database, measured.metrics),
            services.events.run(),
            services.activity.run(),
            report_startup(services.status),
            answering.load(connections.query_embedders[0]),
            *searching.works(),
        )
        await running.enter_async_context(in_background(*works))
        yield services


def _services(
    settings: Settings,
    measured: Measured,
    connections: Connections,
    searching: Searching,
    answering: Answering,
) -> Services:
    database = connections.database
    events = EventFeed(database, measured.metrics, settings.event_streams_max)
    writing = Writing(settings, connections, events, measured.metrics)
    status = _status(settings, measured, connections)
    preflight = PreflightService(
        database, connections.document_embedder, settings.binary_index_chunks
    )
    networks = Networks.parse(settings.webhook_allowed_networks)
    aim = ScalingAim(settings.scaling_target_seconds, settings.model_slots)
    models = ModelChooser(database, preflight, settings.chunk_tokens)
    return Services(
        settings=settings,
        access=Access.of(settings, database),
        documents=writing.documents,
        inspection=DocumentInspection(database),
        collections=CollectionService(database, models),
        imports=ImportService(database),
        exports=ExportService(database),
        files=writing.files,
        search=searching.search,
        replicas=connections.replicas,
        similar=SimilarService(database),
        answers=answering.answers,
        embeddings=searching.embeddings,
        events=events,
        status=status,
        activity=ActivityService(database, measured.durations.activity),
        failures=FailureService(database),
        levels=measured.levels,
        system_metrics=SystemMetrics(database, status, aim),
        metrics=measured.metrics,
        webhooks=WebhookService(database, networks, settings.webhooks_max),
        migrations=MigrationService(database, preflight),
        server_key=ServerKey(database, AesSivSealing),
        body_budget=MemoryBudget(settings.body_buffers_max_bytes),
        long_work=LongWork(),
        shutdown=Shutdown(),
        allowances=writing.allowances,
        quotas=writing.quotas,
        limiter=RateLimiter(connections.rate_limits, settings.processes),
    )


def _status(settings: Settings, measured: Measured, connections: Connections) -> StatusService:
    ollama = AnyServer(connections.query_embedders)
    return StatusService(
        settings, connections.database, connections.redis, ollama, measured.durations
    )
