"""Documents are written, listed and deleted by index."""

from typing import Any

import pytest

from shared.db.documents import (
    delete_documents,
    document_chunks,
    list_documents,
    read_documents,
    retry_documents,
    timelines,
    write_documents,
)
from shared.db.kit.pool import AsyncConnection
from shared.db.search import facets
from shared.domain.documents.document import Lane, Status
from shared.domain.documents.filters import parse_filter
from shared.domain.documents.listing import Listing, Order, Position
from shared.domain.refs import DocumentRef
from shared.domain.search.lexing.documents import lexed_document
from shared.domain.search.scope import Scope
from tests.db.plans.rows import ROWS
from tests.support.collections import named
from tests.support.plans import RUNS, Plans, indexes, scanned
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

SORTED = {
    "created_at": {"documents_collection_newest", "documents_pkey"},
    "updated_at": {"documents_collection_updated"},
    "title": {"documents_collection_title"},
    "size": {"documents_collection_size"},
    "id": {"documents_collection_id"},
}
"""The indexes that can serve an order of a list."""


async def test_documents_are_written_read_and_deleted_by_index(
    watched: AsyncConnection, plans: Plans
) -> None:
    for n in range(RUNS):
        await write_documents.accept(watched, lexed_document(new(f"new{n}")), Lane.INTERACTIVE)
        await write_documents.accept(
            watched, lexed_document(new("5", f"edit {n}")), Lane.INTERACTIVE
        )
        batch = [lexed_document(new(f"{n}-{m}")) for m in range(50)]
        await write_documents.accept_many(watched, batch, Lane.BULK)
        await read_documents.read(watched, DocumentRef(named("c"), str(n)))
        await delete_documents.delete(watched, DocumentRef(named("c"), f"new{n}"), None)
        await retry_documents.retry_failed(watched, named("c"), str(n))
    assert scanned(plans.nodes()) == set()


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("status", [None, *Status])
async def test_pages_are_read_by_index(
    watched: AsyncConnection, plans: Plans, status: Status | None, order: Order
) -> None:
    after: Position | None = None
    for _ in range(RUNS):
        listing = Listing(named("c"), status, order=order, limit=20, after=after)
        await list_documents.excerpts(watched, listing)
        after = (await list_documents.page(watched, listing)).next_after
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert max(node["Actual Rows"] for node in nodes) < ROWS / 4


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("raw", [{}, {"n": {"gte": 0}}])
async def test_a_page_reads_as_many_documents_as_it_shows(
    watched: AsyncConnection, plans: Plans, order: Order, raw: dict[str, Any]
) -> None:
    after: Position | None = None
    for _ in range(RUNS):
        listing = Listing(named("c"), None, None, parse_filter(raw), order, 20, after)
        after = (await list_documents.page(watched, listing)).next_after
        assert after is not None
    nodes = plans.nodes()
    assert SORTED[order.field] & indexes(nodes)
    assert max(node["Actual Rows"] for node in nodes) <= 21


@pytest.mark.parametrize(
    "raw",
    [
        {"n": 5},
        {"n": {"in": [5, 6]}, "absent": {"exists": False}},
        {"or": [{"n": 5}, {"and": [{"team.name": "ink"}, {"n": {"gt": 3}}]}]},
    ],
)
async def test_the_index_on_metadata_serves_equality(
    watched: AsyncConnection, plans: Plans, raw: dict[str, Any]
) -> None:
    parts = parse_filter(raw)
    for _ in range(RUNS):
        await list_documents.page(watched, Listing(named("c"), conditions=parts, order=Order.ID))
        await delete_documents.find(watched, named("c"), parts, (0, ROWS), 100)
        await facets.count(watched, Scope(named("c"), parts), ["n", "team.name"])
    nodes = plans.nodes()
    assert sum(node.get("Index Name") == "documents_metadata" for node in nodes) >= 3 * RUNS
    assert max(node["Actual Rows"] for node in nodes) < 100


async def test_chunks_of_a_document_are_read_by_index(
    watched: AsyncConnection, plans: Plans
) -> None:
    for number in range(RUNS):
        ref = DocumentRef(named("c"), str(number + 1))
        assert await document_chunks.read(watched, ref) is not None
    assert scanned(plans.nodes()) == set()


async def test_a_timeline_is_read_by_index(watched: AsyncConnection, plans: Plans) -> None:
    for number in range(RUNS):
        found = await timelines.read(watched, DocumentRef(named("c"), str(number + 1)))
        assert found is not None
        assert found.models
    assert scanned(plans.nodes()) == set()
