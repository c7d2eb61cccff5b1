"""What the routes call. `api.composition` builds it once per process."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from fastapi import Request

from shared.adapters.observability.api_metrics import ApiMetrics
from shared.config import Settings
from shared.domain.documents.writes import WriteMode
from shared.domain.operations.client import Client
from shared.domain.operations.memory_budget import MemoryBudget
from shared.ports.sealing import Sealing
from shared.services.access.allowances import Allowances
from shared.services.access.quotas import TenantQuotas
from shared.services.access.rate_limiter import RateLimiter
from shared.services.access.server_key import ServerKey
from shared.services.access.service import Access
from shared.services.answers.service import AnswerService
from shared.services.collections.service import CollectionService
from shared.services.documents.bulk_import import BulkImport
from shared.services.documents.export import ExportService
from shared.services.documents.imports import ImportService
from shared.services.documents.inspection import DocumentInspection
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from shared.services.files.service import FileService
from shared.services.migrations.service import MigrationService
from shared.services.operations.activity import ActivityService
from shared.services.operations.failures import FailureService
from shared.services.operations.long_work import LongWork
from shared.services.operations.service_levels import ServiceLevels
from shared.services.operations.shutdown import Shutdown
from shared.services.operations.status import StatusService
from shared.services.operations.system_metrics import SystemMetrics
from shared.services.search.replicas import ReadReplicas
from shared.services.search.replicated import ReplicatedSearch
from shared.services.search.similar import SimilarService
from shared.services.search.text_embeddings import TextEmbeddings
from shared.services.webhooks.service import WebhookService


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
