"""A worker's services on a fake model."""

from collections.abc import AsyncIterator

import pytest

from shared.adapters.lexing.process_lexer import ProcessLexer
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.documents.languages import ENGLISH
from shared.domain.documents.validation import DocumentLimits
from shared.ports.meters import ApiMeter
from shared.services.documents.admission import Admission
from shared.services.documents.collection_languages import KnownLanguages
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from tests.support.worker_harness import FakeEmbedder, RecordedWakeUps, WorkerHarness, make_harness


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def async_database(settings: Settings) -> AsyncIterator[AsyncDatabase]:
    database = AsyncDatabase(settings)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def wake_ups() -> RecordedWakeUps:
    return RecordedWakeUps()


@pytest.fixture
async def lexer(async_database: AsyncDatabase) -> AsyncIterator[ProcessLexer]:
    lexer = ProcessLexer(ENGLISH, KnownLanguages(async_database))
    yield lexer
    await lexer.close()


@pytest.fixture
def documents(
    async_database: AsyncDatabase, lexer: ProcessLexer, wake_ups: RecordedWakeUps
) -> DocumentService:
    return DocumentService(
        async_database,
        lexer,
        wake_ups,
        EventFeed(async_database, ApiMeter()),
        Admission(async_database, max_pending=0, max_imports=0),
        DocumentLimits(),
        ApiMeter(),
    )


@pytest.fixture
def harness(settings: Settings, database: Database, wake_ups: RecordedWakeUps) -> WorkerHarness:
    """A worker's services on a model that fails on demand."""
    return make_harness(settings, database, FakeEmbedder(), wake_ups)
