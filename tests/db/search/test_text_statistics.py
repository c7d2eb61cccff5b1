"""The inputs of BM25 are exact for few texts and estimated from a sample for many."""

import psycopg
import pytest

from shared.db.documents.write_documents import accept_many
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.search import text_statistics
from shared.domain.documents.document import Lane
from shared.domain.model_errors import ModelUnavailable
from shared.domain.reasons import UnavailableReason
from shared.domain.refs import DEFAULT_TENANT, DocumentRef
from shared.domain.search.lexing.documents import lexed_document
from shared.services.documents.service import DocumentService
from shared.services.maintenance.statistics_refresher import StatisticsRefresher
from tests.support.collections import named
from tests.support.processes import eventually
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio


def frequencies(database: Database) -> dict[str, float]:
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT lexeme, documents FROM tenant_lexeme_frequencies"
        ).fetchall()
    return {row["lexeme"]: row["documents"] for row in rows}


def totals(database: Database) -> dict[str, float]:
    with database.connection() as connection:
        row = connection.execute("SELECT * FROM tenant_text_statistics").fetchone()
    assert row
    return row


def refreshed(database: Database, sample_bytes: int = text_statistics.SAMPLE_BYTES) -> bool:
    with database.connection() as connection:
        return text_statistics.refresh(connection, sample_bytes) == [DEFAULT_TENANT]


BATCH = 1000
"""So many documents an import writes in a statement, which has a time limit."""


async def fill(database: AsyncDatabase, count: int) -> None:
    async with database.connection() as connection:
        batch = [
            new(str(n), f"common {'third' if n % 3 == 0 else ''} own{n}") for n in range(count)
        ]
        for start in range(0, count, BATCH):
            some = batch[start : start + BATCH]
            await accept_many(connection, list(map(lexed_document, some)), Lane.BULK)


async def test_few_texts_are_counted_exactly_and_only_when_they_changed(
    async_database: AsyncDatabase, database: Database, documents: DocumentService
) -> None:
    assert not refreshed(database)
    await fill(async_database, 30)
    eventually(lambda: refreshed(database), "the statistics follow the writes")
    assert frequencies(database) == {"common": 30, "third": 10}
    assert totals(database)["documents"] == 30
    assert totals(database)["average_length"] == pytest.approx(2 + 1 / 3)
    assert totals(database)["unlisted_documents"] == 1
    assert not refreshed(database)
    for n in range(30):
        await documents.delete(DocumentRef(named("c"), str(n)), None)
    eventually(lambda: refreshed(database), "the statistics follow the deletions")
    assert frequencies(database) == {}


async def test_many_texts_are_estimated_from_a_sample(
    async_database: AsyncDatabase, database: Database
) -> None:
    await fill(async_database, 9000)
    with database.connection() as connection:
        row = connection.execute(
            "SELECT sum(pg_column_size(lexemes)) AS bytes FROM document_texts"
        ).fetchone()
        assert row
        text_statistics.refresh(connection, row["bytes"] // 4)
    found = frequencies(database)
    assert 4500 < found["common"] < 18_000
    assert 1500 < found["third"] < 6000
    assert found.keys() == {"common", "third"}
    assert totals(database)["unlisted_documents"] > 1


async def test_the_model_server_is_looked_at_although_the_statistics_fail(
    async_database: AsyncDatabase, database: Database, harness: WorkerHarness
) -> None:
    harness.breaker.failed(ModelUnavailable(UnavailableReason.UNREACHABLE, "gone"))
    await fill(async_database, 3)
    StatisticsRefresher(database).refresh()
    assert totals(database)["documents"] == 3
    with database.connection() as connection:
        connection.execute("DROP TABLE tenant_text_statistics")
    with pytest.raises(psycopg.errors.UndefinedTable):
        StatisticsRefresher(database).refresh()
    eventually(harness.breaker.probe_is_due, "the breaker lets a probe through")
    harness.watch()
    assert harness.breaker.closed
