"""The queries of the last day, as searches count them and the database keeps them."""

from dataclasses import replace

import pytest

from shared.adapters.redis.order_store import RedisOrderStore
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.db.search import recent_queries
from shared.domain.database_errors import DatabaseReadOnly
from shared.domain.refs import DEFAULT_TENANT
from shared.domain.search.kept_order import START
from shared.domain.search.request import Mode, SearchRequest
from shared.domain.search.scope import Scope
from shared.ports.meters import ApiMeter
from shared.services.search import recent_queries as counting
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from shared.services.search.recent_queries import RecentQueries
from shared.services.search.reranking import Reranking
from shared.services.search.service import SearchService
from tests.services.search.test_query_embeddings import FakeCache, FakeQueryEmbedder
from tests.support.collections import named

pytestmark = pytest.mark.anyio

REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE read_only_sql_transaction; END$$
"""
REFUSE_INSERTS = """
CREATE TRIGGER refuse BEFORE INSERT ON recent_queries EXECUTE FUNCTION refuse()
"""
SEARCH = SearchRequest("ink dries", Scope(named("c")))


@pytest.fixture
def recent(async_database: AsyncDatabase) -> RecentQueries:
    return RecentQueries(async_database, enabled=True)


async def kept(database: AsyncDatabase, collection: str = "c") -> list[str]:
    async with database.connection() as connection:
        return await recent_queries.frequent(connection, named(collection), 10_000)


async def execute(database: AsyncDatabase, statement: str) -> None:
    async with database.connection() as connection:
        await connection.execute(statement)


async def test_searches_of_all_processes_are_added(
    recent: RecentQueries, async_database: AsyncDatabase
) -> None:
    other = RecentQueries(async_database, enabled=True)
    for process, text in ((recent, "rare"), (recent, "often"), (other, "often"), (other, "last")):
        process.count(SEARCH, text)
        await process.write()
    recent.count(SEARCH, "last")
    recent.count(SEARCH, " last  ")
    recent.count(replace(SEARCH, scope=Scope(named("other"))), "elsewhere")
    await recent.write()
    assert await kept(async_database) == ["last", "often", "rare"]
    assert await kept(async_database, "other") == ["elsewhere"]


async def test_only_what_a_new_model_would_embed_is_counted(
    recent: RecentQueries, async_database: AsyncDatabase
) -> None:
    for request in (
        replace(SEARCH, scope=Scope(DEFAULT_TENANT)),
        replace(SEARCH, mode=Mode.TEXT),
        replace(SEARCH, offset=10),
    ):
        recent.count(request, "not counted")
    recent.count(SEARCH, "x" * 201)
    RecentQueries(async_database, enabled=False).count(SEARCH, "not counted")
    recent.count(replace(SEARCH, mode=Mode.SEMANTIC), "x" * 200)
    await recent.write()
    assert await kept(async_database) == ["x" * 200]


async def test_a_search_counts_the_text_that_it_embeds(
    recent: RecentQueries, async_database: AsyncDatabase, settings: Settings
) -> None:
    queries = QueryEmbeddings(QueryServers([FakeQueryEmbedder()]), FakeCache(), 1, 1, ApiMeter())
    orders = RedisOrderStore(settings)
    reranking = Reranking(None, 1, ApiMeter())
    service = SearchService(async_database, queries, reranking, orders, recent, ApiMeter())
    await service.search(replace(SEARCH, query='"ink dries" -paper', cursor=START))
    await orders.close()
    await recent.write()
    assert await kept(async_database) == ["ink dries"]


async def test_a_collection_keeps_the_most_searched_and_the_newest(
    recent: RecentQueries, async_database: AsyncDatabase
) -> None:
    for _ in range(2):
        recent.count(SEARCH, "often")
    await recent.write()
    for batch in range(3):
        for number in range(recent_queries.QUERIES_MAX - 1):
            recent.count(SEARCH, f"{batch}-{number}")
        await recent.write()
        # Queries of one batch have one time.
        await execute(
            async_database, "UPDATE recent_queries SET searched_at = searched_at - interval '1 s'"
        )
    found = await kept(async_database)
    assert len(found) <= recent_queries.QUERIES_MAX
    assert found[0] == "often"
    newest = [name for name in found if name.startswith("2-")]
    assert len(newest) >= recent_queries.QUERIES_MAX // 2


async def test_queries_are_deleted_after_a_day(
    recent: RecentQueries, async_database: AsyncDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "DELETE_OLD_SECONDS", 0)
    for text in ("old", "new"):
        recent.count(SEARCH, text)
    await recent.write()
    await execute(
        async_database,
        "UPDATE recent_queries SET searched_at = now() - interval '25 h' WHERE query = 'old'",
    )
    assert await kept(async_database) == ["new"]
    await recent.write()
    async with async_database.connection() as connection:
        cursor = await connection.execute("SELECT query FROM recent_queries")
        assert [row["query"] for row in await cursor.fetchall()] == ["new"]


async def test_counts_wait_in_bounded_memory_while_the_database_refuses_them(
    recent: RecentQueries, async_database: AsyncDatabase
) -> None:
    await execute(async_database, REFUSE)
    await execute(async_database, REFUSE_INSERTS)
    for number in range(counting.QUERIES_MAX + 5):
        recent.count(SEARCH, str(number))
    recent.count(SEARCH, "0")
    with pytest.raises(DatabaseReadOnly):
        await recent.write()
    await execute(async_database, "DROP TRIGGER refuse ON recent_queries")
    await recent.write()
    found = await kept(async_database)
    assert len(found) == counting.QUERIES_MAX
    assert found[0] == "0"
