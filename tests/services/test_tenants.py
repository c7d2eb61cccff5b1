"""Tenants in one database. What one stores is in no answer, list, retry or model of another."""

from dataclasses import replace

import pytest

from shared.db.collections import listing
from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.models import embedding_models, tenant_models
from shared.db.search import search
from shared.db.search.search import SearchMemory
from shared.domain.access.principal import Action, Grant, Principal
from shared.domain.documents.document import NewDocument, Status
from shared.domain.documents.listing import Listing
from shared.domain.models.identity import ModelIdentity
from shared.domain.refs import DEFAULT_TENANT, MARK, Collection, DocumentRef, Tenant
from shared.domain.search.query import Query
from shared.domain.search.scope import ALL_COLLECTIONS, Scope
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio

ACME, NORTH = Tenant("acme"), Tenant("north")
EVERY = (DEFAULT_TENANT, ACME, NORTH)


def of(tenant: Tenant, document: NewDocument) -> NewDocument:
    ref = DocumentRef(Collection(tenant, document.ref.collection.name), document.ref.id)
    return replace(document, ref=ref)


@pytest.fixture
async def tenants(harness: WorkerHarness, async_database: AsyncDatabase) -> None:
    harness.model.verified()
    async with async_database.connection() as connection:
        for tenant in (ACME, NORTH):
            model = await tenant_models.create(connection, tenant)
            await connection.execute(
                "INSERT INTO tenants (name, model_id) VALUES (%s, %s)", (tenant.name, model)
            )
    harness.servers._refresh_at = 0.0


@pytest.mark.usefixtures("tenants")
async def test_each_tenant_has_a_document_of_the_same_id(
    documents: DocumentService, harness: WorkerHarness
) -> None:
    for tenant in EVERY:
        await documents.create(of(tenant, new("a", f"text of {tenant.name}")))
    while (await harness.work()).more:
        pass
    for tenant in EVERY:
        found = await documents.get(DocumentRef(Collection(tenant, "c"), "a"))
        assert found.content == f"text of {tenant.name}"
        assert found.status is Status.READY
        page = await documents.page(Listing(Collection(tenant, "c")))
        assert [each.ref.collection.tenant for each in page.documents] == [tenant]
    await documents.delete(DocumentRef(Collection(ACME, "c"), "a"), None)
    assert (await documents.page(Listing(Collection(ACME, "c")))).documents == []
    assert len((await documents.page(Listing(Collection(NORTH, "c")))).documents) == 1


@pytest.mark.usefixtures("tenants")
async def test_a_text_that_another_tenant_has_embedded_is_embedded_again(
    documents: DocumentService, harness: WorkerHarness
) -> None:
    for tenant in EVERY:
        await documents.create(of(tenant, new("a", "the same text")))
        harness.embedder.calls.clear()
        await harness.work()
        assert ["the same text"] in harness.embedder.calls


@pytest.mark.usefixtures("tenants")
async def test_a_whole_tenant_is_searched_and_listed_without_the_others(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    for tenant in EVERY:
        for collection in ("c", "d"):
            await documents.create(of(tenant, new("a", "ink dries", collection=collection)))
    query = Query("ink", None, by_words=True, limit=10)
    for tenant in EVERY:
        async with async_database.connection() as connection:
            found = await search.search(connection, query, Scope(tenant), SearchMemory())
            listed = await listing.names(connection, tenant, None, 10)
        refs = {hit.ref.collection for hit in found.hits}
        assert refs == {Collection(tenant, "c"), Collection(tenant, "d")}
        assert found.total.count == 2
        assert [each.name for each in listed] == ["c", "d"]


@pytest.mark.usefixtures("tenants")
async def test_a_retry_of_all_is_one_of_a_tenant(
    documents: DocumentService, database: Database
) -> None:
    for tenant in EVERY:
        await documents.create(of(tenant, new("a")))
    with database.connection() as connection:
        fail = "UPDATE jobs SET failed_at = now(), error_code = 'x', error_message = 'x'"
        connection.execute(fail)
    assert await documents.retry_all(ACME) == 1
    for tenant in EVERY:
        document = await documents.get(DocumentRef(Collection(tenant, "c"), "a"))
        assert document.status is (Status.PENDING if tenant == ACME else Status.FAILED)


@pytest.mark.usefixtures("tenants")
async def test_another_model_of_new_collections_is_that_of_all_tenants(
    documents: DocumentService, harness: WorkerHarness, database: Database
) -> None:
    await documents.create(of(ACME, new("a")))
    await harness.work()
    other = ModelIdentity("other", chunk_tokens=64)
    with database.connection() as connection:
        former = embedding_models.default(connection, ACME)
        embedding_models.adopt(connection, other)
        adopted = [embedding_models.default(connection, tenant) for tenant in EVERY]
        kept = "SELECT active_model_id FROM collections WHERE name = %s"
        assert fetch_value(connection, kept, (Collection(ACME, "c"),)) == (former and former.id)
    assert {each.identity for each in adopted if each} == {other}
    assert len({each.id for each in adopted if each}) == len(EVERY)


@pytest.mark.parametrize(
    "collection",
    [
        Collection(DEFAULT_TENANT, "a/b"),
        Collection(DEFAULT_TENANT, f"{MARK}acme/c"),
        Collection(ACME, "a/b"),
        Collection(ACME, f"{MARK}north/c"),
    ],
)
def test_the_database_reads_the_tenant_of_a_key_alike(
    database: Database, collection: Collection
) -> None:
    with database.connection() as connection:
        found = fetch_value(connection, "SELECT tenant_of(%s)", (collection,))
    assert found == collection.tenant.name


@pytest.mark.usefixtures("tenants")
@pytest.mark.parametrize("tenant", [DEFAULT_TENANT, ACME])
async def test_a_search_of_all_collections_covers_those_that_the_caller_may_use(
    documents: DocumentService, async_database: AsyncDatabase, tenant: Tenant
) -> None:
    names = ["team_a", "teamXa", "team%", "team\\", "other"]
    for name in names:
        await documents.create(of(tenant, new("a", "ink dries", collection=name)))
    for patterns, token, expected in (
        (("team_*",), None, {"team_a"}),
        (("team%",), None, {"team%"}),
        (("team\\*", "o*r"), None, {"team\\", "other"}),
        (("*",), ("team*", "none"), {"team_a", "teamXa", "team%", "team\\"}),
        (("*a",), ("teamX*",), {"teamXa"}),
    ):
        grants = (Grant(frozenset({Action.SEARCH}), patterns),)
        caller = Principal(tenant, "key", grants, token_collections=token)
        scope = caller.scope(Action.SEARCH, ALL_COLLECTIONS)
        query = Query("ink", None, by_words=True, limit=10)
        async with async_database.connection() as connection:
            found = await search.search(connection, query, scope, SearchMemory())
        assert {hit.ref.collection.name for hit in found.hits} == expected
        assert {name for name in names if caller.allows(Action.SEARCH, name)} == expected
