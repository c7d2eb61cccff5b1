"""Searches with a cursor: the order of the first one is kept, and further pages are cut from it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.db.documents import read_documents
from shared.db.kit.identity import identity
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.search import embedded_texts, hits
from shared.domain.access import patterns
from shared.domain.errors import CursorExpired, FieldError, InvalidInput
from shared.domain.refs import Collection
from shared.domain.search.fusion import Ranked
from shared.domain.search.kept_order import HASH_BYTES, Cursor, KeptHit, KeptOrder, used
from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.query import Hit, HitPage, Query
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.relevance import SimilarityScale
from shared.domain.search.request import SearchRequest, SearchResult
from shared.domain.search.scope import Scope
from shared.ports.order_store import OrderStore
from shared.services.search.similarity_scales import SimilarityScales


class Noted(NamedTuple):
    """What is to be kept of an order besides what is known of the search."""

    database: bytes
    hits: Sequence[KeptHit]


class KeptOrders:
    """Keeps orders and reads their pages. All methods raise OrderStoreUnavailable."""

    def __init__(
        self, database: AsyncDatabase, store: OrderStore, scales: SimilarityScales
    ) -> None:
        self._database = database
        self._store = store
        self._scales = scales

    async def reserve(self) -> bytes:
        """Return the id of a new order. Without a store, the search need not be made."""
        return await self._store.reserve()

    async def noted(self, connection: AsyncConnection, query: Query, found: HitPage) -> Noted:
        """Return what to keep of the order, as the connection's snapshot has it."""
        model_id = query.vector.model_id if query.vector else None
        texts = await _texts(connection, model_id, found.order)
        hits = [KeptHit(each, texts.get(each.key, b"")[:HASH_BYTES]) for each in found.order]
        return Noted(await identity(connection), hits)

    async def keep(
        self, id_: bytes, noted: Noted, query: Query, found: HitPage, result: SearchResult
    ) -> None:
        """Keep the order of a first page, if there are further ones."""
        request = result.request
        if len(noted.hits) <= request.limit:
            return
        order = KeptOrder(
            request.order_hash,
            noted.database,
            len(noted.hits),
            found.total,
            found.languages,
            used(found.weights),
            query.vector.model_id if query.vector else None,
            result.degraded,
        )
        await self._store.put(request.scope.tenant, id_, order, noted.hits)
        result.next_cursor = Cursor(id_, request.limit)

    async def further_page(
        self, cursor: Cursor, result: SearchResult
    ) -> tuple[HitPage, SimilarityScale | None]:
        """Return a page of a kept order. Only its hits are read.

        Raises CursorExpired, and InvalidInput if the cursor is of another search.
        """
        request = result.request
        order, kept = await self._read(cursor, request)
        async with self._database.snapshot() as connection:
            if await identity(connection) != order.database:
                raise CursorExpired
            texts = await _texts(connection, order.model_id, [each.ranked for each in kept])
            page = [each.now(texts.get(each.ranked.key)) for each in kept]
            read = await hits.read(connection, page) if page else []
            read = await _visible(connection, read, request.scope)
            scale = await self._scale(connection, order)
        result.degraded = order.degraded
        result.next_cursor = order.after(cursor, request.limit)
        terms = query_terms(parse_query(request.query).text, order.languages)
        return HitPage(read, order.total, terms, order.weights_of(len(terms))), scale

    async def _read(
        self, cursor: Cursor, request: SearchRequest
    ) -> tuple[KeptOrder, list[KeptHit]]:
        found = await self._store.get(request.scope.tenant, cursor, request.limit)
        if found is None:
            raise CursorExpired
        if found[0].request != request.order_hash:
            message = "is of another search; repeat the fields of its first request, except limit"
            raise InvalidInput(FieldError(("cursor",), message))
        return found

    async def _scale(self, connection: AsyncConnection, order: KeptOrder) -> SimilarityScale | None:
        if order.model_id is None:
            return None
        return await self._scales.get(connection, order.model_id)


async def _visible(connection: AsyncConnection, found: list[Hit], scope: Scope) -> list[Hit]:
    """Return the hits that the caller may still see. Others may have changed since the search."""
    found = [hit for hit in found if _is_within(hit.ref.collection, scope)]
    if not (scope.visible and found):
        return found
    refs = [hit.ref for hit in found]
    visible = await read_documents.meeting(connection, refs, scope.visible)
    return [hit for hit in found if hit.ref in visible]


async def _texts(
    connection: AsyncConnection, model_id: int | None, ranked: Sequence[Ranked]
) -> Mapping[int, bytes]:
    """Return the hash of the embedded text of each document that was found by meaning."""
    keys = [each.key for each in ranked if each.start is not None]
    if model_id is None or not keys:
        return {}
    return await embedded_texts.hashes(connection, model_id, keys)


def _is_within(collection: Collection, scope: Scope) -> bool:
    """Return whether the scope has a collection, which may have been renamed since the search."""
    if scope.collection is not None:
        return collection == scope.collection
    return all(
        any(patterns.matches(pattern, collection.name) for pattern in group)
        for group in scope.patterns
    )
