"""Which orders are kept, and for which searches."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import redis
from pydantic import SecretStr

from local import ports
from shared.adapters.redis import order_store
from shared.adapters.redis.order_store import PREFIX
from shared.config import Settings
from shared.db.kit import pool
from shared.db.kit.pool import AsyncDatabase
from shared.domain.errors import CursorExpired, InvalidInput, OrderStoreUnavailable, TooBusy
from shared.domain.refs import DEFAULT_TENANT
from shared.domain.search.request import Mode
from shared.domain.search.scope import Scope
from shared.services.search.service import SearchService
from tests.services.search.kept_orders.orders import FIRST, NUMBER, Start, further, ids, whole
from tests.services.search.test_query_embeddings import FakeQueryEmbedder
from tests.support.collections import named
from tests.support.databases import create_database, drop_database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def second_database(
    postgres_url: str, template: str, settings: Settings
) -> AsyncIterator[AsyncDatabase]:
    url = create_database(postgres_url, "test_second", template)
    database = AsyncDatabase(settings.model_copy(update={"database_url": SecretStr(url)}))
    await database.open()
    yield database
    await database.close()
    drop_database(postgres_url, "test_second")


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "changed",
    [
        {"query": "billing services"},
        {"scope": Scope(named("d"))},
        {"mode": Mode.TEXT},
        {"refine": True},
        {"min_similarity": 0.5},
        {"is_grouped": True},
    ],
)
async def test_a_cursor_of_another_search_is_refused(
    service: SearchService, changed: dict[str, object]
) -> None:
    first = await service.search(FIRST)
    with pytest.raises(InvalidInput, match="cursor: is of another search"):
        await further(service, first, replace(FIRST, **changed))  # type: ignore[arg-type]
    assert len((await further(service, first)).hits) == FIRST.limit


@pytest.mark.usefixtures("library")
async def test_an_order_that_was_replaced_has_expired(
    service: SearchService, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_store, "MOST", 2)
    with redis.Redis.from_url(redis_url) as client:
        client.delete(order_store.INDEX)
    first = await service.search(FIRST)
    second = await service.search(FIRST)
    assert len((await further(service, first)).hits) == FIRST.limit
    await service.search(FIRST)
    with pytest.raises(CursorExpired):
        await further(service, second)
    assert len((await further(service, first)).hits) == FIRST.limit


@pytest.mark.usefixtures("library")
async def test_an_order_of_another_database_has_expired(
    service: SearchService, start: Start, settings: Settings, second_database: AsyncDatabase
) -> None:
    first = await service.search(FIRST)
    with pytest.raises(CursorExpired):
        await further(start(settings, second_database), first)


@pytest.mark.usefixtures("library")
async def test_an_order_is_kept_only_if_there_are_further_pages(
    service: SearchService, redis_url: str
) -> None:
    with redis.Redis.from_url(redis_url) as client:

        def entries() -> dict[bytes, bytes | None]:
            return {name: client.get(name) for name in client.keys(f"{PREFIX}*:*")}

        before = entries()
        page = await service.search(replace(FIRST, limit=NUMBER))
        assert page.next_cursor is None
        assert entries() == before
        assert (await service.search(replace(FIRST, limit=NUMBER - 1))).next_cursor is not None
        assert entries() != before


@pytest.mark.usefixtures("library")
async def test_without_redis_no_order_is_made(
    start: Start, settings: Settings, async_database: AsyncDatabase, embedder: FakeQueryEmbedder
) -> None:
    unreachable = SecretStr(f"redis://127.0.0.1:{ports.free_port()}/0")
    service = start(settings.model_copy(update={"redis_url": unreachable}), async_database)
    with pytest.raises(OrderStoreUnavailable):
        await service.search(FIRST)
    assert embedder.texts == []
    assert len((await whole(service, FIRST)).hits) == NUMBER


@pytest.mark.usefixtures("library")
async def test_orders_are_kept_behind_a_connection_pooler(
    start: Start, settings: Settings, service: SearchService
) -> None:
    direct = SecretStr(f"{settings.database_url.get_secret_value()}?application_name=direct")
    pooled = AsyncDatabase(settings.model_copy(update={"database_direct_url": direct}))
    await pooled.open()
    behind = start(settings, pooled)
    first = await behind.search(FIRST)
    second = await further(behind, first)
    assert ids(first) + ids(second) == ids(await whole(service, FIRST))[:14]
    await pooled.close()


@pytest.mark.usefixtures("library")
async def test_only_the_first_page_waits_for_its_turn(
    service: SearchService,
    settings: Settings,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = await service.search(FIRST)
    monkeypatch.setattr(pool, "COSTLY_WAIT_SECONDS", 0.05)
    async with AsyncExitStack() as held:
        for _ in range(settings.database_pool_size // pool.COSTLY_PART):
            await held.enter_async_context(async_database.costly_turn(DEFAULT_TENANT))
        assert (await further(service, first)).hits
        with pytest.raises(TooBusy):
            await service.search(FIRST)
