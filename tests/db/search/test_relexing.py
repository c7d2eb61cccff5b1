"""Lexemes of older versions are recomputed in batches, whatever writes come in between."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from shared.db.kit.pool import AsyncDatabase, Connection, Database
from shared.db.search import relexing, search
from shared.domain.errors import DatabaseTimeout
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.domain.search.searchable_text import LEXING
from shared.services.documents.service import DocumentService
from shared.services.maintenance.relexing import Relexing
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

LINK = "https://example.com/articles/2024/how-to-dry-ink-on-paper?quokka=mail"
AS_BEFORE = """
UPDATE document_texts t SET lexing = 0, lexemes = document_lexemes(language, title, content)
FROM documents d WHERE d.key = t.document_key
"""


async def found(database: AsyncDatabase, text: str) -> set[str]:
    async with database.connection() as connection:
        query = Query(text, None, by_words=True, limit=100)
        hits = (await search.search(connection, query, Scope("c"))).hits
    return {hit.ref.id for hit in hits}


async def fill(documents: DocumentService, database: Database, count: int) -> set[str]:
    """Store documents as an older version did."""
    ids = {f"d{n}" for n in range(count)}
    for id_ in sorted(ids):
        await documents.put(new(id_, LINK))
    with database.connection() as connection:
        connection.execute(AS_BEFORE)
    return ids


def work(database: Database) -> None:
    Relexing(database, lambda _: False).work()


def lexings(database: Database) -> list[int]:
    with database.connection() as connection:
        rows = connection.execute("SELECT lexing FROM document_texts ORDER BY document_key")
        return [row["lexing"] for row in rows]


async def test_old_texts_are_found_by_their_parts_afterwards(
    documents: DocumentService, async_database: AsyncDatabase, database: Database
) -> None:
    ids = await fill(documents, database, 5)
    assert await found(async_database, "quokka") == set()
    await asyncio.to_thread(work, database)
    assert await found(async_database, "quokka") == ids
    assert lexings(database) == [LEXING] * 5


async def test_the_work_continues_where_another_worker_stopped(
    documents: DocumentService, async_database: AsyncDatabase, database: Database
) -> None:
    ids = await fill(documents, database, 5)
    with database.connection() as connection:
        relexing.relex(connection, 2)
        assert lexings(database) == [LEXING, LEXING, 0, 0, 0]
        connection.execute(AS_BEFORE)  # shows whether they are read again
    await asyncio.to_thread(work, database)
    assert lexings(database) == [0, 0, LEXING, LEXING, LEXING]
    assert await found(async_database, "quokka") < ids


async def test_a_text_that_an_older_process_writes_afterwards_is_lexed(
    documents: DocumentService, async_database: AsyncDatabase, database: Database
) -> None:
    await asyncio.to_thread(work, database)
    ids = await fill(documents, database, 1)
    await asyncio.to_thread(work, database)
    assert await found(async_database, "quokka") == ids


async def test_texts_whose_lexemes_are_the_same_are_not_written(
    documents: DocumentService, database: Database
) -> None:
    await documents.put(new("a", "Plain ink."))
    with database.connection() as connection:
        connection.execute(AS_BEFORE)
    await asyncio.to_thread(work, database)
    assert lexings(database) == [0]


async def test_a_text_that_takes_too_long_is_skipped(
    documents: DocumentService,
    async_database: AsyncDatabase,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = await fill(documents, database, 9)
    monkeypatch.setattr(relexing, "_lex", unless_slow("d4", relexing._lex))
    await asyncio.to_thread(work, database)
    assert await found(async_database, "quokka") == ids - {"d4"}


def unless_slow(
    slow: str, lex: Callable[[Connection, list[relexing._Text]], None]
) -> Callable[[Connection, list[relexing._Text]], None]:
    def lex_or_fail(connection: Connection, texts: list[relexing._Text]) -> None:
        row = connection.execute("SELECT key FROM documents WHERE id = %s", (slow,)).fetchone()
        assert row
        if row["key"] in {text.key for text in texts}:
            raise DatabaseTimeout
        lex(connection, texts)

    return lex_or_fail


async def test_one_worker_lexes_at_a_time_and_stops_when_it_is_told(
    documents: DocumentService, database: Database
) -> None:
    await fill(documents, database, 3)
    with database.transaction() as connection:
        connection.execute(relexing._LOCK)
        await asyncio.to_thread(work, database)
        assert lexings(database) == [0, 0, 0]
    stopping = threading.Event()
    stopping.set()
    await asyncio.to_thread(Relexing(database, stopping.wait).work)
    assert lexings(database) == [LEXING] * 3
