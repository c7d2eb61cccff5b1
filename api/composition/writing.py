"""Builds what stores documents: their service, with its limits of size, number and tenants."""

from api.composition.connections import Connections
from shared.config import Settings
from shared.domain.access.limits import Limits
from shared.domain.documents.validation import DocumentLimits
from shared.ports.meters import ApiMeter
from shared.services.access.allowances import Allowances
from shared.services.access.quotas import TenantQuotas
from shared.services.documents.admission import Admission
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from shared.services.files.service import FileService


class Writing:
    """The services that store documents and files."""

    def __init__(
        self, settings: Settings, connections: Connections, events: EventFeed, meter: ApiMeter
    ) -> None:
        database = connections.database
        self.allowances = Allowances(database, _limits(settings))
        self.quotas = TenantQuotas(database, self.allowances, meter)
        admission = Admission(
            database,
            settings.pending_max_documents,
            settings.bulk_max_streams,
            max_waits=max(1, settings.connections_max // 2),
            quotas=self.quotas,
        )
        self.documents = DocumentService(
            database,
            connections.lexer,
            connections.wake_ups,
            events,
            admission,
            DocumentLimits(settings.document_max_bytes, settings.metadata_max_bytes),
            meter,
        )
        self.files = FileService(database, admission, self.quotas, settings.file_max_bytes)


def _limits(settings: Settings) -> Limits:
    return Limits(
        settings.requests_per_minute, settings.bytes_per_minute, settings.tokens_per_minute
    )
