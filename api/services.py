"""The API's services, built once when it starts."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from fastapi import Request

from api.checker import Checker
from shared.adapters.observability.api_metrics import ApiMetrics
from shared.config import Settings
from shared.services.documents.bulk_import import BulkImport
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from shared.services.operations.status import StatusService
from shared.services.operations.system_metrics import SystemMetrics
from shared.services.search.service import SearchService
from shared.services.webhooks.service import WebhookService


@dataclass(frozen=True, slots=True)
class Services:
    """The application's services, built once by `api.app`."""

    settings: Settings
    checker: Checker
    documents: DocumentService
    search: SearchService
    changes: EventFeed
    status: StatusService
    gauges: SystemMetrics
    metrics: ApiMetrics
    webhooks: WebhookService

    def bulk_import(self) -> AbstractContextManager[BulkImport]:
        """Start an import, if not too many are under way; raises TooBusy."""
        return self.documents.bulk_import(self.settings.bulk_batch_documents)


async def services(request: Request) -> Services:
    """Return the services of the application that serves the request."""
    found: Services = request.app.state.services
    return found
