"""Extracts files in an event loop of its own, with its own connections."""

import asyncio
from collections.abc import Callable

from shared.adapters.lexing.process_lexer import ProcessLexer
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.limits import Limits
from shared.domain.documents.validation import DocumentLimits
from shared.ports.broker import WakeUps
from shared.ports.extraction import Extractor
from shared.ports.lexer import Lexer
from shared.ports.meters import ApiMeter
from shared.services.access.allowances import Allowances
from shared.services.access.quotas import TenantQuotas
from shared.services.documents.admission import Admission
from shared.services.documents.collection_languages import KnownLanguages
from shared.services.files.extraction import FileExtraction
from shared.services.files.writing import DocumentWriter

CONNECTIONS = 4


def extract_files(
    settings: Settings, extractor: Extractor, wake_ups: WakeUps, stopping: Callable[[], bool]
) -> None:
    """Extract files until the worker stops. Raises DatabaseUnavailable; call it again then."""
    asyncio.run(_extract_files(settings, extractor, wake_ups, stopping))


async def _extract_files(
    settings: Settings, extractor: Extractor, wake_ups: WakeUps, stopping: Callable[[], bool]
) -> None:
    database = AsyncDatabase(settings.model_copy(update={"database_pool_size": CONNECTIONS}))
    lexer = ProcessLexer(settings.text_language, KnownLanguages(database))
    await database.open()
    try:
        await file_extraction(settings, database, lexer, extractor, wake_ups, stopping).run()
    finally:
        await lexer.close()
        await database.close()


def file_extraction(
    settings: Settings,
    database: AsyncDatabase,
    lexer: Lexer,
    extractor: Extractor,
    wake_ups: WakeUps,
    stopping: Callable[[], bool],
) -> FileExtraction:
    quotas = TenantQuotas(database, Allowances(database, Limits()), ApiMeter())
    admission = Admission(database, settings.pending_max_documents, 0, quotas=quotas)
    limits = DocumentLimits(settings.document_max_bytes, settings.metadata_max_bytes)
    writer = DocumentWriter(database, lexer, admission, limits, wake_ups)
    return FileExtraction(database, extractor, writer, settings.job_lease_seconds, stopping)
