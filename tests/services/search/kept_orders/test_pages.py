"""The pages of a kept order are those of one search."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.db.search import search
from shared.domain.model_errors import ModelUnavailable
from shared.domain.reasons import UnavailableReason
from shared.domain.search.request import Mode
from shared.services.search.service import SearchService
from tests.services.search.kept_orders.orders import (
    FIRST,
    NUMBER,
    Library,
    Start,
    further,
    ids,
    whole,
)
from tests.services.search.test_query_embeddings import FakeQueryEmbedder

pytestmark = pytest.mark.anyio


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
