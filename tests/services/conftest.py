from collections.abc import AsyncIterator

import pytest

from shared.config import Settings
from shared.db.pool import AsyncDatabase, Database
from shared.services.admission import Admission
from shared.services.changes import Changes
from shared.services.documents import DocumentService
from shared.services.model_health import ModelHealth
from tests.services.rig import FakeEmbedder, RecordedWakeUps, Rig, make_rig


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
def documents(
    settings: Settings, async_database: AsyncDatabase, wake_ups: RecordedWakeUps
) -> DocumentService:
    return DocumentService(
        async_database,
        wake_ups,
        Changes(settings, async_database),
        Admission(async_database, max_pending=0, max_imports=0),
    )


@pytest.fixture
def rig(settings: Settings, database: Database, wake_ups: RecordedWakeUps) -> Rig:
    """A worker's services on a model of which faults can be ordered."""
    return make_rig(settings, database, FakeEmbedder(), ModelHealth(), wake_ups)
