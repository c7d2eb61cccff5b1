"""The tables. Importing this package registers all of them in SQLModel's metadata."""

from shared.db.tables.access import AuditRow, KeyRow
from shared.db.tables.activity import ActivityRow, CollectionActivityRow
from shared.db.tables.collections import CollectionSettingsRow
from shared.db.tables.documents import DocumentRow, DocumentTextRow
from shared.db.tables.embedding import ChunkRow, EmbeddingRow, JobRow
from shared.db.tables.events import EventHorizonRow, EventRow, TenantEventHorizonRow
from shared.db.tables.files import (
    DocumentLocationRow,
    FileContentRow,
    FileDocumentRow,
    FilePieceRow,
    FileRow,
)
from shared.db.tables.imports import ImportRejectionRow, ImportRow, SentVectorsRow
from shared.db.tables.models import CollectionRow, EmbeddingModelRow, ModelMigrationRow
from shared.db.tables.operations import WorkerRow
from shared.db.tables.search import (
    CountedChangesRow,
    LexemeFrequencyRow,
    RecentQueryRow,
    RelexingRow,
    TenantLanguageRow,
    TenantLexemeFrequencyRow,
    TenantTextStatisticsRow,
    TextLanguageRow,
    TextStatisticsRow,
)
from shared.db.tables.secrets import ServerSecretRow
from shared.db.tables.shares import TenantShareRow
from shared.db.tables.tenants import TenantRow
from shared.db.tables.usage import TenantUsageChangeRow, TenantUsageRow
from shared.db.tables.webhooks import WebhookRow

__all__ = [
    "ActivityRow",
    "AuditRow",
    "ChunkRow",
    "CollectionActivityRow",
    "CollectionRow",
    "CollectionSettingsRow",
    "CountedChangesRow",
    "DocumentLocationRow",
    "DocumentRow",
    "DocumentTextRow",
    "EmbeddingModelRow",
    "EmbeddingRow",
    "EventHorizonRow",
    "EventRow",
    "FileContentRow",
    "FileDocumentRow",
    "FilePieceRow",
    "FileRow",
    "ImportRejectionRow",
    "ImportRow",
    "JobRow",
    "KeyRow",
    "LexemeFrequencyRow",
    "ModelMigrationRow",
    "RecentQueryRow",
    "RelexingRow",
    "SentVectorsRow",
    "ServerSecretRow",
    "TenantEventHorizonRow",
    "TenantLanguageRow",
    "TenantLexemeFrequencyRow",
    "TenantRow",
    "TenantShareRow",
    "TenantTextStatisticsRow",
    "TenantUsageChangeRow",
    "TenantUsageRow",
    "TextLanguageRow",
    "TextStatisticsRow",
    "WebhookRow",
    "WorkerRow",
]
