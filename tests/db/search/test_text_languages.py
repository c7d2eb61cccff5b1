"""A query is parsed in the languages of documents that exist."""

import pytest

from shared.db.kit.pool import Database
from shared.db.search import text_languages
from shared.domain.refs import DEFAULT_TENANT, DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio


def languages(database: Database) -> dict[str, bool]:
    """Return each language and whether it is in use."""
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT language, unused_since IS NULL AS used FROM tenant_languages"
        ).fetchall()
    return {row["language"]: row["used"] for row in rows}


def mark(database: Database) -> None:
    with database.connection() as connection:
        text_languages.mark_unused(connection, DEFAULT_TENANT)


def forget(database: Database, after_seconds: float = -1) -> None:
    with database.connection() as connection:
        text_languages.forget_unused(connection, after_seconds)


async def write_german(documents: DocumentService, id_: str) -> None:
    await documents.put(new(id_, "Tinte", metadata={"lang": "de"}))


async def test_a_language_without_documents_is_forgotten_after_a_while(
    documents: DocumentService, database: Database
) -> None:
    await documents.put(new("a", "ink"))
    await write_german(documents, "b")
    mark(database)
    assert languages(database) == {"english": True, "german": True}
    await documents.delete(DocumentRef(named("c"), "b"), None)
    mark(database)
    forget(database, after_seconds=600)
    assert languages(database) == {"english": True, "german": False}
    forget(database)
    assert languages(database) == {"english": True}


async def test_a_write_keeps_a_marked_language(
    documents: DocumentService, database: Database
) -> None:
    await write_german(documents, "a")
    await documents.delete(DocumentRef(named("c"), "a"), None)
    mark(database)
    await write_german(documents, "b")
    assert languages(database) == {"german": True}


async def test_a_write_that_did_not_see_the_mark_keeps_the_language(
    documents: DocumentService, database: Database
) -> None:
    await write_german(documents, "a")
    with database.connection() as connection:
        connection.execute("UPDATE tenant_languages SET unused_since = now()")
    forget(database)
    assert languages(database) == {"german": True}


async def test_languages_that_the_former_version_writes_are_adopted_and_forgotten(
    database: Database,
) -> None:
    with database.connection() as connection:
        connection.execute("INSERT INTO text_languages VALUES ('german')")
        text_languages.adopt_former(connection)
    assert languages(database) == {"german": True}
    mark(database)
    forget(database)
    with database.connection() as connection:
        text_languages.adopt_former(connection)
    assert languages(database) == {}
