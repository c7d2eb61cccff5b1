"""What a search returns depends on the texts of its tenant only."""

from collections.abc import Sequence

import pytest

from shared.db.documents.write_documents import accept_many
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.search import search, text_languages, text_statistics
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.refs import Collection, DocumentRef, Tenant
from shared.domain.search.lexing.documents import lexed_document
from shared.domain.search.query import HitPage, Query
from shared.domain.search.scope import Scope

pytestmark = pytest.mark.anyio

ACME, OTHER = Tenant("acme"), Tenant("other")
QUERY = "rare ink on paper"


def texts(tenant: Tenant, contents: Sequence[str], lang: str = "en") -> list[NewDocument]:
    collection = Collection(tenant, "c")
    return [
        NewDocument(DocumentRef(collection, str(n)), None, content, {"lang": lang})
        for n, content in enumerate(contents)
    ]


def own_texts() -> list[NewDocument]:
    return texts(ACME, [f"ink {'rare paper' if n % 5 == 0 else 'usual'} {n}" for n in range(60)])


def foreign_texts() -> list[NewDocument]:
    return texts(OTHER, [f"rare paper words {'of ink' * (n % 9)} {n}" for n in range(3000)], "de")


async def store(database: AsyncDatabase, documents: Sequence[NewDocument]) -> None:
    async with database.connection() as connection:
        await accept_many(connection, [lexed_document(each) for each in documents], Lane.BULK)


async def found(database: AsyncDatabase, within: Collection | Tenant) -> HitPage:
    async with database.connection() as connection:
        query = Query(QUERY, None, by_words=True, limit=50, offset=0)
        return await search.search(connection, query, Scope(within))


def refreshed(database: Database) -> list[Tenant]:
    with database.connection() as connection:
        return text_statistics.refresh(connection)


@pytest.mark.parametrize("small", [2000, 0], ids=["compared in full", "by index"])
@pytest.mark.parametrize("within", [Collection(ACME, "c"), ACME], ids=["collection", "tenant"])
async def test_texts_of_another_tenant_change_no_score(
    async_database: AsyncDatabase,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    within: Collection | Tenant,
    small: int,
) -> None:
    monkeypatch.setattr(search, "SMALL_SCOPE", small)
    await store(async_database, own_texts())
    assert refreshed(database) == [ACME]
    before = await found(async_database, within)
    await store(async_database, foreign_texts())
    assert refreshed(database) == [OTHER]
    after = await found(async_database, within)
    assert before.hits
    assert [repr(hit) for hit in after.hits] == [repr(hit) for hit in before.hits]
    assert (after.total, after.weights, after.languages) == (
        before.total,
        before.weights,
        ("english",),
    )


async def test_few_changes_refresh_no_statistics(
    async_database: AsyncDatabase, database: Database
) -> None:
    await store(async_database, own_texts())
    assert refreshed(database) == [ACME]
    await store(async_database, texts(ACME, ["ink changed"]))
    assert refreshed(database) == []
    await store(async_database, texts(ACME, ["ink changed again", "and another"]))
    assert refreshed(database) == [ACME]


async def test_a_tenant_reads_queries_in_its_own_languages(
    async_database: AsyncDatabase, database: Database
) -> None:
    await store(async_database, own_texts())
    await store(async_database, texts(OTHER, ["Tinte"], "de"))
    assert (await found(async_database, ACME)).languages == ("english",)
    assert (await found(async_database, OTHER)).languages == ("german",)
    with database.connection() as connection:
        text_languages.mark_unused(connection, OTHER)
        text_languages.forget_unused(connection, -1)
    assert (await found(async_database, OTHER)).languages == ("german",)
