"""A search has the same answer in a database of any locale."""

import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.search import search
from shared.domain.documents.document import Lane
from shared.domain.search.lexing.documents import lexed_document
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from tests.support.collections import named
from tests.support.databases import drop_database, make_settings
from tests.support.paths import ROOT
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

TEXTS = [
    ("quotes", "Er sagte „Zirkus“ laut—im Juni.", "de"),
    ("french", "L’école est fermée.", "fr"),
    ("arabic", "كيف حالك؟ كِتَابٌ", "ar"),
    ("japanese", "PHP、MySQL・Go「料金表」。", "ja"),
    ("compound", "Option<Gizmo> C:\\Users\\me v2.14.3 🚀now", "en"),
]
QUERIES = {
    "zirkus": "quotes",
    "juni": "quotes",
    "ecole": "french",
    "l'école": "french",
    "حالك": "arabic",
    "كتاب": "arabic",
    "料金": "japanese",
    "mysql": "japanese",
    "gizmo": "compound",
    "2.14.3": "compound",
}


@pytest.fixture(params=["C", "C.UTF-8", "en_US.UTF-8"])
def localized_url(request: pytest.FixtureRequest, postgres_url: str) -> Iterator[str]:
    """A migrated database in a locale, if the machine has it."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        try:
            connection.execute(
                "CREATE DATABASE localized TEMPLATE template0 ENCODING 'UTF8'"
                f" LOCALE_PROVIDER libc LOCALE '{request.param}'"
            )
        except psycopg.errors.WrongObjectType:
            pytest.skip(f"This machine has no locale {request.param}.")
    url = postgres_url.rsplit("/", 1)[0] + "/localized"
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(command, cwd=ROOT, env={"DATABASE_URL": url}, check=True, capture_output=True)
    yield url
    drop_database(postgres_url, "localized")


async def test_words_do_not_depend_on_the_locale(localized_url: str) -> None:
    database = AsyncDatabase(make_settings(localized_url, "redis://127.0.0.1", ""))
    await database.open()
    async with database.connection() as connection:
        for id_, text, language in TEXTS:
            document = new(id_, text, metadata={"lang": language})
            await write_documents.accept(connection, lexed_document(document), Lane.BULK)
        found = {query: await _ids(connection, query) for query in QUERIES}
    await database.close()
    assert found == {query: [id_] for query, id_ in QUERIES.items()}


async def _ids(connection: AsyncConnection, text: str) -> list[str]:
    query = Query(text, None, by_words=True, limit=10)
    return [hit.ref.id for hit in (await search.search(connection, query, Scope(named("c")))).hits]
