"""A database with many documents, and connections that report their plans."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared.config import Settings
from shared.db.kit.pool import AsyncConnection, Connection, Database
from shared.db.models import vector_indexes
from shared.services.maintenance.index_builder import IndexBuilder
from tests.db.plans.rows import DOCUMENTS_OF, fill, fill_tenant
from tests.support.databases import create_database, drop_database, make_settings
from tests.support.plans import Plans, api_connection, worker_connection
from tests.support.worker_harness import FakeEmbedder, RecordedWakeUps, make_harness


@pytest.fixture(scope="package")
def filled(postgres_url: str, template: str, redis_url: str, ollama_url: str) -> Iterator[Settings]:
    """Settings for a database with many documents, half of them ready."""
    url = create_database(postgres_url, "inkdex_filled", template)
    settings = make_settings(url, redis_url, ollama_url)
    database = Database(settings)
    database.open()
    make_harness(settings, database, FakeEmbedder(), RecordedWakeUps()).model.verified()
    with database.session() as session:
        for change in vector_indexes.changes(session):
            session.execute(change)
        fill(session)
        for tenant in DOCUMENTS_OF:
            fill_tenant(session, tenant)
        IndexBuilder(database).work()
        session.execute("VACUUM ANALYZE")
    database.close()
    yield settings
    drop_database(postgres_url, "inkdex_filled")


@pytest.fixture
def plans() -> Plans:
    return Plans()


@pytest.fixture
async def watched(filled: Settings, plans: Plans) -> AsyncIterator[AsyncConnection]:
    async with api_connection(filled, plans) as connection:
        yield connection


@pytest.fixture
def worker(filled: Settings, plans: Plans) -> Iterator[Connection]:
    """A connection of a worker. What it changes is undone."""
    with (
        worker_connection(filled, plans) as connection,
        connection.transaction(force_rollback=True),
    ):
        yield connection
