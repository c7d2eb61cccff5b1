"""Pages of a kept order, while documents are written, edited, embedded again and deleted."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import pytest
import redis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from local import ports
from shared.adapters.redis import order_store
from shared.adapters.redis.order_store import PREFIX, RedisOrderStore
from shared.config import Settings
from shared.db.kit import pool
from shared.db.kit.pool import AsyncDatabase
from shared.db.search import search
from shared.domain.errors import CursorExpired, InvalidInput, OrderStoreUnavailable, TooBusy
from shared.domain.model_errors import ModelUnavailable
from shared.domain.reasons import UnavailableReason
from shared.domain.refs import DEFAULT_TENANT, DocumentRef
from shared.domain.search.kept_order import START
from shared.domain.search.request import Mode, SearchRequest, SearchResult
from shared.domain.search.scope import Scope
from shared.ports.meters import ApiMeter
from shared.services.documents.service import DocumentService
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from shared.services.search.recent_queries import RecentQueries
from shared.services.search.reranking import Reranking
from shared.services.search.service import SearchService
from tests.services.search.test_query_embeddings import FakeCache, FakeQueryEmbedder
from tests.support.collections import named
from tests.support.databases import create_database, drop_database
from tests.support.worker_harness import WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio

QUERY = "billing service"
NUMBER = 30
FIRST = SearchRequest(QUERY, Scope(named("c")), limit=7, cursor=START)

Start = Callable[[Settings, AsyncDatabase], SearchService]


@pytest.fixture
def embedder() -> FakeQueryEmbedder:
    embedder = FakeQueryEmbedder(vector=vector_of(QUERY), weights="sha256-of-weights")
    embedder.answering.set()
    return embedder


@pytest.fixture
async def stores() -> AsyncIterator[list[RedisOrderStore]]:
    stores: list[RedisOrderStore] = []
    yield stores
    for store in stores:
        await store.close()


@pytest.fixture
def start(embedder: FakeQueryEmbedder, stores: list[RedisOrderStore]) -> Start:
    """Return a function that starts the service of an API process."""

    def start(settings: Settings, database: AsyncDatabase) -> SearchService:
        stores.append(RedisOrderStore(settings))
        queries = QueryEmbeddings(QueryServers([embedder]), FakeCache(), 5, 1, ApiMeter())
        return SearchService(
            database,
            queries,
            Reranking(None, 1, ApiMeter()),
            stores[-1],
            RecentQueries(database, enabled=False),
            ApiMeter(),
        )

    return start


@pytest.fixture
def service(start: Start, settings: Settings, async_database: AsyncDatabase) -> SearchService:
    return start(settings, async_database)


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


@dataclass
class Library:
    """The documents of a collection, and what was done to them since the search began."""

    documents: DocumentService
    harness: WorkerHarness
    numbers: int = 0
    present: list[str] = field(default_factory=list)
    edited: set[str] = field(default_factory=set)

    async def add(self) -> None:
        id_ = str(self.numbers)
        self.numbers += 1
        await self.documents.create(new(id_, f"The billing of service {id_} failed."))
        self.present.append(id_)

    async def edit(self, id_: str) -> None:
        text = f"Billing has an edit, {self.numbers}."
        self.numbers += 1
        await self.documents.put(new(id_, text))
        self.edited.add(id_)

    async def delete(self, id_: str) -> None:
        await self.documents.delete(DocumentRef(named("c"), id_), None)
        self.present.remove(id_)

    async def recreate(self, id_: str) -> None:
        """Delete a document and write another one under its id."""
        await self.delete(id_)
        await self.documents.create(new(id_, "Billing of another service."))

    async def restore(self) -> None:
        """Have as many documents as at first, all of them embedded."""
        for id_ in self.present[NUMBER:]:
            await self.delete(id_)
        for _ in range(NUMBER - len(self.present)):
            await self.add()
        await self.embed()
        self.edited.clear()

    async def do(self, write: str, id_: str) -> None:
        match write:
            case "add":
                await self.add()
            case "embed":
                await self.embed()
            case "edit":
                await self.edit(id_)
            case "delete":
                await self.delete(id_)
            case "recreate":
                await self.recreate(id_)

    async def embed(self) -> None:
        while (await self.harness.work()).ready:
            pass


@pytest.fixture
async def library(documents: DocumentService, harness: WorkerHarness) -> Library:
    library = Library(documents, harness)
    for _ in range(NUMBER):
        await library.add()
    await library.embed()
    return library


def ids(result: SearchResult) -> list[str]:
    return [hit.ref.id for hit in result.hits]


async def further(
    service: SearchService, page: SearchResult, request: SearchRequest = FIRST, limit: int = 7
) -> SearchResult:
    """Return the page behind one."""
    assert page.next_cursor is not None
    return await service.search(replace(request, cursor=page.next_cursor, limit=limit))


async def whole(service: SearchService, request: SearchRequest) -> SearchResult:
    return await service.search(replace(request, cursor=None, limit=100))


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("is_grouped", [False, True])
@pytest.mark.parametrize("refine", [False, True])
async def test_pages_are_those_of_a_search_without_a_cursor(
    service: SearchService,
    start: Start,
    settings: Settings,
    async_database: AsyncDatabase,
    *,
    mode: Mode,
    is_grouped: bool,
    refine: bool,
) -> None:
    request = replace(FIRST, mode=mode, is_grouped=is_grouped, refine=refine, min_similarity=0.1)
    everything = await whole(service, request)
    pages = [await service.search(request)]
    other_process = start(settings, async_database)
    while pages[-1].next_cursor:
        pages.append(await further(other_process, pages[-1], request, limit=4))
    assert [hit for page in pages for hit in page.hits] == everything.hits
    assert [each for page in pages for each in page.quotations] == everything.quotations
    assert [each for page in pages for each in page.relevances] == everything.relevances
    assert {page.total for page in pages} == {everything.total}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("is_grouped", [False, True])
async def test_an_order_ends_after_the_most_documents(
    service: SearchService, monkeypatch: pytest.MonkeyPatch, *, is_grouped: bool
) -> None:
    request = replace(FIRST, is_grouped=is_grouped)
    everything = await whole(service, request)
    monkeypatch.setattr(search, "ALL", 20)
    pages = [await service.search(request)]
    while pages[-1].next_cursor:
        pages.append(await further(service, pages[-1], request))
    assert [id_ for page in pages for id_ in ids(page)] == ids(everything)[:20]
    assert {page.total.count for page in pages} == {NUMBER}


steps = st.tuples(
    st.integers(1, 12),
    st.lists(
        st.tuples(
            st.sampled_from(["add", "edit", "delete", "recreate", "embed"]), st.integers(0, 99)
        ),
        max_size=4,
    ),
)


@given(script=st.lists(steps, min_size=1, max_size=6), mode=st.sampled_from(Mode))
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_writes_between_pages_move_no_document(
    service: SearchService,
    library: Library,
    mode: Mode,
    script: list[tuple[int, list[tuple[str, int]]]],
) -> None:
    await library.restore()
    request = replace(FIRST, mode=mode)
    order = ids(await whole(service, request))
    page, position, gone = await service.search(request), FIRST.limit, set[str]()
    assert ids(page) == order[: FIRST.limit]
    while page.next_cursor:
        limit, writes = script.pop(0) if script else (20, [])
        for write, number in writes:
            id_ = library.present[number % len(library.present)]
            gone |= {id_} if write in {"delete", "recreate"} else set()
            await library.do(write, id_)
        page = await further(service, page, request, limit)
        assert ids(page) == [id_ for id_ in order[position : position + limit] if id_ not in gone]
        position += limit
        for hit in page.hits:
            if hit.ref.id in library.edited:
                assert "has an edit" in hit.passage.text
                assert hit.nearest is None or hit.nearest.start is None
            elif hit.nearest is not None:
                assert hit.nearest.start is not None
    assert position >= len(order)


@pytest.mark.usefixtures("library")
async def test_a_further_page_needs_no_model(
    service: SearchService, embedder: FakeQueryEmbedder
) -> None:
    first = await service.search(FIRST)
    texts = len(embedder.texts)
    page = await further(service, first)
    assert len(embedder.texts) == texts
    assert not page.degraded
    assert all(hit.ranked.similarity is not None for hit in page.hits)


@pytest.mark.usefixtures("library")
async def test_further_pages_of_a_search_by_words_only_say_so(
    service: SearchService, embedder: FakeQueryEmbedder
) -> None:
    embedder.fault = ModelUnavailable(UnavailableReason.UNREACHABLE, "No connection.")
    first = await service.search(FIRST)
    assert first.degraded
    embedder.fault = None
    page = await further(service, first)
    assert page.degraded
    assert all(hit.ranked.similarity is None for hit in page.hits)


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
