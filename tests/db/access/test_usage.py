"""What a tenant has is exact, whoever wrote it, and no write waits for another one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.rows import dict_row

from shared.config import Settings
from shared.db.access import usage
from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import AsyncDatabase, Connection, Database
from shared.domain.access.limits import Usage
from shared.domain.documents.document import Lane
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant
from shared.services.documents.service import DocumentService
from tests.support.processes import eventually
from tests.support.worker_harness import LONG_TEXT, WorkerHarness, new

pytestmark = pytest.mark.anyio

ACME = Tenant("acme")
ACMES = Collection(ACME, "c").key
INSERT = """
INSERT INTO documents (collection, id, title, content, metadata, content_hash, lane)
SELECT %s, 'd' || n, 'ä', repeat('x', %s), '{"a": 1}', sha256('x'), 'bulk'
FROM generate_series(1, %s) n
ON CONFLICT (collection, id) DO UPDATE SET content = excluded.content
"""
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
OVERHEAD = len("ä".encode()) + len('{"a": 1}')
COUNTED = """
SELECT count(*) AS documents, coalesce(sum(octet_length(content)
    + coalesce(octet_length(title), 0) + octet_length(metadata::text)), 0)::bigint AS bytes,
    (SELECT coalesce(sum(chunks), 0)::bigint FROM embeddings) AS chunks
FROM documents
"""


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.connection() as connection:
        yield connection


@pytest.fixture
def other(settings: Settings) -> Iterator[psycopg.Connection[dict[str, object]]]:
    """Another process's connection, in a transaction."""
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.execute("SET lock_timeout = '5s'")
        yield connection


def sum_up(connection: Connection) -> None:
    while usage.sum_up(connection):
        pass


def used(connection: Connection, tenant: Tenant = DEFAULT_TENANT) -> Usage:
    row = connection.execute(usage.USAGE, {"tenant": tenant.name}).fetchone()
    assert row is not None
    return Usage(**row)


def insert(
    connection: psycopg.Connection[dict[str, object]],
    documents: int = 1,
    size: int = 10,
    collection: str = "c",
) -> None:
    """Write as other versions may do: without any statement of this one."""
    connection.execute(INSERT, (collection, size, documents))


async def test_all_that_the_service_does_is_counted(
    harness: WorkerHarness,
    documents: DocumentService,
    async_database: AsyncDatabase,
    connection: Connection,
) -> None:
    harness.model.verified()
    sum_up(connection)
    for number in range(3):
        await documents.create(new(str(number), LONG_TEXT, title="Ink"))
    harness.embedding.work(Lane.INTERACTIVE)
    await documents.put(new("0", "short"))
    await documents.patch(new("1").ref, {"metadata": {"year": 2026}}, None)
    await documents.delete(new("2").ref, None)
    harness.embedding.work(Lane.INTERACTIVE)
    counted = Usage(**connection.execute(COUNTED).fetchone())  # type: ignore[arg-type]
    assert counted.documents == 2
    assert counted.chunks > 2
    assert used(connection) == counted
    sum_up(connection)
    assert used(connection) == counted
    async with async_database.connection() as asynchronous:
        assert await usage.usage(asynchronous, DEFAULT_TENANT) == counted


def test_each_tenant_has_its_own(connection: Connection) -> None:
    insert(connection, 3)
    insert(connection, 2, collection=ACMES)
    connection.execute("DELETE FROM documents WHERE id = 'd1'")
    for _ in range(2):
        assert used(connection) == Usage(2, 2 * (10 + OVERHEAD))
        assert used(connection, ACME) == Usage(1, 10 + OVERHEAD)
        assert used(connection, Tenant("nobody")) == Usage()
        sum_up(connection)


def test_a_batch_adds_one_row_and_a_write_without_change_none(connection: Connection) -> None:
    sum_up(connection)
    insert(connection, 1000)
    insert(connection, 1000)
    connection.execute("UPDATE documents SET lane = 'interactive'")
    connection.execute("DELETE FROM documents WHERE id = 'none'")
    assert fetch_value(connection, "SELECT count(*) FROM tenant_usage_changes") == 1


def test_old_documents_are_counted_once(connection: Connection) -> None:
    connection.execute("ALTER TABLE documents DISABLE TRIGGER USER")
    insert(connection, 5)
    insert(connection, 4, collection=ACMES)
    connection.execute("ALTER TABLE documents ENABLE TRIGGER USER")
    connection.execute("DELETE FROM documents WHERE id = 'd1'")
    for _ in range(3):
        sum_up(connection)
        assert used(connection) == Usage(4, 4 * (10 + OVERHEAD))
        assert used(connection, ACME) == Usage(3, 3 * (10 + OVERHEAD))


def test_writes_during_the_count_are_neither_lost_nor_counted_twice(
    connection: Connection, other: psycopg.Connection[dict[str, object]]
) -> None:
    connection.execute("ALTER TABLE documents DISABLE TRIGGER USER")
    insert(connection, 5)
    connection.execute("ALTER TABLE documents ENABLE TRIGGER USER")
    insert(other, 6, size=20)
    sum_up(connection)
    assert used(connection) == Usage(5, 5 * (10 + OVERHEAD))
    other.commit()
    for _ in range(2):
        assert used(connection) == Usage(6, 6 * (20 + OVERHEAD))
        sum_up(connection)


def test_a_worker_that_is_killed_changes_nothing(
    connection: Connection, other: psycopg.Connection[dict[str, object]]
) -> None:
    insert(connection, 5)
    for _ in range(2):  # before the first count, and after it
        assert usage.sum_up(other) is False
        other.rollback()
        assert used(connection) == Usage(5, 5 * (10 + OVERHEAD))
        sum_up(connection)
        assert used(connection) == Usage(5, 5 * (10 + OVERHEAD))


@pytest.mark.parametrize("is_counted", [False, True])
def test_a_worker_that_is_killed_within_the_statement_changes_nothing(
    connection: Connection, other: psycopg.Connection[dict[str, object]], *, is_counted: bool
) -> None:
    if is_counted:
        sum_up(connection)
    insert(connection, 5)
    with connection.transaction(), ThreadPoolExecutor(1) as threads:
        connection.execute("LOCK TABLE tenant_usage IN SHARE MODE")
        summing = threads.submit(usage.sum_up, other)
        eventually(lambda: bool(fetch_value(connection, WAITS)), "the statement waits for a lock")
        fetch_value(connection, "SELECT pg_terminate_backend(%s)", (other.info.backend_pid,))
        assert isinstance(summing.exception(30), psycopg.OperationalError)
    for _ in range(2):
        assert used(connection) == Usage(5, 5 * (10 + OVERHEAD))
        sum_up(connection)


def test_one_worker_at_a_time_sums_up(
    connection: Connection, other: psycopg.Connection[dict[str, object]]
) -> None:
    sum_up(connection)
    insert(connection)
    usage.sum_up(other)
    assert usage.sum_up(connection) is False
    assert used(connection).documents == 1
    other.commit()
    assert used(connection).documents == 1


def test_many_changes_are_summed_up_in_parts(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sum_up(connection)
    monkeypatch.setattr(usage, "FOLDED_MAX", 3)
    for _ in range(7):
        insert(connection, size=10)
        connection.execute("DELETE FROM documents")
    insert(connection)
    results = [usage.sum_up(connection) for _ in range(6)]
    assert results == [True] * 5 + [False]
    assert used(connection) == Usage(1, 10 + OVERHEAD)
    assert not fetch_value(connection, "SELECT count(*) FROM tenant_usage_changes")


def test_writes_of_a_tenant_do_not_wait_for_each_other(
    connection: Connection, other: psycopg.Connection[dict[str, object]]
) -> None:
    insert(other, collection="a")
    insert(connection, collection="b")
    sum_up(connection)
    insert(connection, 2, collection="b")
    other.commit()
    assert used(connection).documents == 3


async def test_answers_are_counted_by_day(
    async_database: AsyncDatabase, connection: Connection
) -> None:
    async with async_database.connection() as asynchronous:
        for _ in range(3):
            await usage.add_answer(asynchronous, ACME)
    assert used(connection, ACME) == Usage(answers=3)
    sum_up(connection)
    assert used(connection, ACME) == Usage(answers=3)
    connection.execute("UPDATE tenant_usage SET answers_on = answers_on - 1")
    assert used(connection, ACME) == Usage(answers=0)
    async with async_database.connection() as asynchronous:
        await usage.add_answer(asynchronous, ACME)
        await usage.add_answer(asynchronous, ACME)
    connection.execute(
        "UPDATE tenant_usage_changes SET day = day - 1 WHERE id ="
        " (SELECT min(id) FROM tenant_usage_changes)"
    )
    for _ in range(2):
        assert used(connection, ACME) == Usage(answers=1)
        sum_up(connection)


async def test_what_documents_take_is_what_was_counted(
    async_database: AsyncDatabase, connection: Connection
) -> None:
    insert(connection, 3)
    async with async_database.connection() as asynchronous:
        found = await usage.stored(
            asynchronous, Collection(DEFAULT_TENANT, "c"), ["d1", "d3", "d9"]
        )
    assert found == Usage(2, 2 * (10 + OVERHEAD))
