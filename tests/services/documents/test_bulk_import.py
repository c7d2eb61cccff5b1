"""How an import divides documents into statements, and what a document that fails costs."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.database_errors import DatabaseTimeout
from shared.domain.documents.bulk_report import BulkReport, Rejection
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.documents.writes import BatchResult, WriteMode
from shared.domain.errors import DocumentNotStorable, FieldError
from shared.domain.refs import DocumentRef
from shared.domain.search.lexing.documents import LexedDocument
from shared.services.documents import bulk_import
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

KB = 1024
ENGLISH = "ink " * (75 * KB)
CHINESE = "墨" * (100 * KB)
METADATA = {"k": "v" * (60 * KB)}


@pytest.mark.parametrize(
    ("document", "batches"),
    [
        (new("", ENGLISH), [10]),
        (new("", CHINESE), [3, 3, 3, 1]),
        (new("", "ink", title=CHINESE), [3, 3, 3, 1]),
        (new("", CHINESE * 4), [1] * 10),
        (new("", "ink", metadata={"k": [METADATA] * 7}), [3, 3, 3, 1]),
    ],
)
async def test_batch_stays_within_the_time_limit_of_a_statement(
    documents: DocumentService,
    monkeypatch: pytest.MonkeyPatch,
    document: NewDocument,
    batches: list[int],
) -> None:
    stored: list[int] = []

    async def accept_many(
        _: AsyncConnection, batch: Sequence[LexedDocument], *__: Lane | WriteMode | int | None
    ) -> BatchResult:
        stored.append(len(batch))
        return BatchResult(len(batch), 0)

    monkeypatch.setattr(write_documents, "accept_many", accept_many)
    monkeypatch.setattr(bulk_import, "check_document", lambda *_: None)  # some exceed the limits
    with documents.bulk_import(200) as bulk:
        for n in range(10):
            await bulk.add(replace(document, ref=DocumentRef(named("c"), str(n))))
        await bulk.flush()
    assert stored == batches


def make_fail(monkeypatch: pytest.MonkeyPatch, error: Exception, ids: set[str]) -> None:
    """Make every statement fail that stores one of these documents."""
    accept_many = write_documents.accept_many

    async def accept_or_fail(
        connection: AsyncConnection,
        batch: Sequence[LexedDocument],
        lane: Lane,
        mode: WriteMode,
        import_key: int | None,
        file_key: int | None = None,
    ) -> BatchResult:
        if ids & {lexed.new.ref.id for lexed in batch}:
            raise error
        return await accept_many(connection, batch, lane, mode, import_key, file_key)

    monkeypatch.setattr(write_documents, "accept_many", accept_or_fail)


async def load(documents: DocumentService, count: int) -> BulkReport:
    with documents.bulk_import(100) as bulk:
        for n in range(count):
            await bulk.add(new(str(n), f"text {n}"), n + 1)
        await bulk.flush()
    return bulk.report


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DatabaseTimeout(), "takes PostgreSQL longer than its time limit to store"),
        (DocumentNotStorable(FieldError(("document",), "is odd")), "document: is odd"),
    ],
)
async def test_a_line_that_fails_is_rejected_alone(
    documents: DocumentService, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    make_fail(monkeypatch, error, {"7", "130"})
    report = await load(documents, 150)
    assert report.accepted == 148
    assert report.rejected == [Rejection(8, "7", reason), Rejection(131, "130", reason)]


async def test_many_slow_lines_are_an_outage(
    documents: DocumentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_fail(monkeypatch, DatabaseTimeout(), {str(n) for n in range(100)})
    with pytest.raises(DatabaseTimeout):
        await load(documents, 100)


async def test_a_statement_that_reaches_its_time_limit_is_no_outage(
    async_database: AsyncDatabase,
) -> None:
    with pytest.raises(DatabaseTimeout):
        async with async_database.connection() as connection:
            await connection.execute("SET LOCAL statement_timeout = 10; SELECT pg_sleep(10)")


async def test_what_postgresql_cannot_store_is_invalid(
    documents: DocumentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_import, "check_document", lambda *_: None)
    with documents.bulk_import(100) as bulk:
        await bulk.add(new("good"), 1)
        await bulk.add(new("bad", "NUL \0"), 2)
        await bulk.flush()
    assert bulk.report.accepted == 1
    assert [rejection.line for rejection in bulk.report.rejected] == [2]
