"""Search: find candidates, rank them, and read a page of hits.

The first tier finds enough for most pages. What a later tier finds follows behind, so all pages of
a search are cut from one order, whatever their size.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from shared.db.kit.pool import AsyncConnection
from shared.db.models.index_kinds import IndexKind, found_by_bits
from shared.db.search import candidates, hits, nearest, sketches
from shared.db.search.candidates import Found, Page, Tier
from shared.db.search.indexed_models import IndexedModels, ModelIndex
from shared.db.search.order import GROUPED_MAX, Order
from shared.db.search.scope_sizes import ScopeSizes
from shared.db.search.text_languages import SeenLanguages
from shared.db.search.word_statistics import RememberedStatistics
from shared.domain.search import feedback
from shared.domain.search.grouping import grouped
from shared.domain.search.lexing.conditions import word_condition
from shared.domain.search.lexing.queries import Term, query_terms
from shared.domain.search.query import HitPage, Query
from shared.domain.search.scope import Scope
from shared.domain.search.word_plan import WordPlan, WordStatistics, planned

SMALL_SCOPE = 2000
"""If at most so many documents are in the scope, all of them are compared."""
MEDIUM_SCOPE = 20_000
"""The same, if the indexes found too few of them."""
BITS_SCOPE = 40_000
"""The same, if the model's index has bits. The scan of the bits has to skip the chunks of all
others: for 3% of a million chunks it takes longer than comparing all, and finds less."""
FILTERED_FACTOR = 5
"""The first two are larger by this factor under a filter, because the scan of the vector index then
has to skip the chunks that the filter rejects."""

ALL = 2000
"""More than a page can reach."""
INDEXED_FIRST = Tier(exact=False, candidates=100, common_documents=50_000, prefixes=False)
INDEXED_ALL = Tier(exact=False, candidates=ALL, common_documents=10**9, prefixes=True)
EXACT_FIRST = Tier(exact=True, candidates=100, common_documents=10**9, prefixes=False)
EXACT_ALL = Tier(exact=True, candidates=ALL, common_documents=10**9, prefixes=True)
EXPECTED_TEXTS = 500
EXPECTED_BESIDE_NEAREST = 200
"""About so many texts are ranked by their words, without and with those nearest by meaning."""

_seen = SeenLanguages()


class SearchMemory:
    """What searches remember of former ones for a short time."""

    def __init__(self) -> None:
        self.sizes = ScopeSizes()
        self.indexes = IndexedModels()
        self.statistics = RememberedStatistics()


async def search(
    connection: AsyncConnection, query: Query, scope: Scope, memory: SearchMemory | None = None
) -> HitPage:
    """Return the best documents in `scope`. `memory` is of former searches."""
    order = await _ranked(connection, query, scope, memory or SearchMemory())
    return await _page(connection, query, order)


async def search_all(
    connection: AsyncConnection, query: Query, scope: Scope, memory: SearchMemory
) -> HitPage:
    """Return the same page, with the order of ALL documents."""
    order = await _ranked(connection, replace(query, limit=ALL, offset=0), scope, memory)
    return await _page(connection, query, order)


async def _page(connection: AsyncConnection, query: Query, order: Order) -> HitPage:
    page = order.shown[query.offset : query.wanted]
    read = await hits.read(connection, page) if page else []
    shown = order.shown[:ALL]
    return HitPage(read, order.total, order.terms, order.weights, order.languages, shown)


async def refine(
    connection: AsyncConnection, query: Query, scope: Scope, memory: SearchMemory | None = None
) -> Query:
    """Return the query with a vector that is nearer to those of its best hits."""
    if query.vector is None:
        return query
    short = replace(query, limit=feedback.HITS, offset=0, is_grouped=False)
    order = await _ranked(connection, short, scope, memory or SearchMemory())
    best = order.ranked[: feedback.HITS]
    places = [(each.key, each.start) for each in best if each.start is not None]
    found = await nearest.vectors(connection, query.vector.model_id, places)
    moved = feedback.refined(query.vector.vector, found)
    return replace(query, vector=replace(query.vector, vector=moved))


async def _ranked(
    connection: AsyncConnection, query: Query, scope: Scope, memory: SearchMemory
) -> Order:
    order = Order(query)
    async for tier in _tiers(connection, query, _counted(scope, query), memory):
        order.add(
            *await _find(connection, query, scope, tier, order.missing, memory.statistics), tier
        )
        if query.is_grouped:
            await _group(connection, order)
        if order.is_done:
            break
    return order


async def _group(connection: AsyncConnection, order: Order) -> None:
    """Show near copies once among the first of the order."""
    best = order.ranked[:GROUPED_MAX]
    found = await sketches.read(connection, [each.key for each in best])
    order.show(await asyncio.to_thread(grouped, best, found))


async def _tiers(
    connection: AsyncConnection, query: Query, scope: Scope, memory: SearchMemory
) -> AsyncIterator[Tier]:
    """Yield what to try, one after the other, until the page is full."""
    sizes = memory.sizes
    factor = FILTERED_FACTOR if scope.conditions or scope.words else 1
    if await sizes.get(connection, scope, factor * SMALL_SCOPE) <= factor * SMALL_SCOPE:
        yield EXACT_FIRST
    else:
        first = await _indexed(connection, query, scope, memory, INDEXED_FIRST)
        yield first
        most = max(factor * MEDIUM_SCOPE, BITS_SCOPE if first.binary else 0)
        if await sizes.get(connection, scope, most) > most:
            yield await _indexed(connection, query, scope, memory, INDEXED_ALL)
    yield EXACT_ALL


async def _indexed(
    connection: AsyncConnection, query: Query, scope: Scope, memory: SearchMemory, tier: Tier
) -> Tier:
    """Return the tier for the indexes that the models have now. It may be seconds after another."""
    models = [vector.model_id for vector in query.vectors]
    indexes = await memory.indexes.indexes(connection, models)
    binary = _binary(indexes, tier.candidates)
    is_exact = len(indexes) < len(models) or (
        bool(binary) and await memory.sizes.get(connection, scope, BITS_SCOPE) <= BITS_SCOPE
    )
    return replace(tier, exact_vectors=is_exact, binary=binary)


def _binary(indexes: Mapping[int, ModelIndex], candidates: int) -> Mapping[int, int]:
    """Return how many chunks the bits find, for each model that has bits."""
    return {
        model: found_by_bits(candidates, index.chunks)
        for model, index in indexes.items()
        if index.kind is IndexKind.BITS
    }


async def _find(
    connection: AsyncConnection,
    query: Query,
    scope: Scope,
    tier: Tier,
    missing: Page,
    remembered: RememberedStatistics,
) -> tuple[Sequence[Term], WordPlan, Found]:
    """Return the query's terms, how they were used, and what is missing on the page.

    Search again if texts are not in the languages that were seen last.
    """
    languages = _seen.get(scope.tenant)
    while True:
        terms = query_terms(query.text, languages)
        statistics = await remembered.get(connection, scope.tenant, query.text, languages, terms)
        within = _with_words(scope, query, languages)
        plan = _plan(query, within, tier, terms, statistics)
        found = await candidates.find(connection, query, within, tier, plan, missing)
        if found.languages == languages:
            return terms, plan, found
        languages = found.languages
        _seen.put(scope.tenant, languages)


def _plan(
    query: Query, scope: Scope, tier: Tier, terms: Sequence[Term], statistics: WordStatistics
) -> WordPlan:
    expected = EXPECTED_BESIDE_NEAREST if query.vector else EXPECTED_TEXTS
    required = scope.words.required if scope.words else None
    return planned(terms, statistics, expected, tier.common_documents, required)


def _counted(scope: Scope, query: Query) -> Scope:
    """Return the scope to count. An index counts texts with a phrase, but not those without."""
    within = _with_words(scope, query, _seen.get(scope.tenant))
    return within if within.words and within.words.required else scope


def _with_words(scope: Scope, query: Query, languages: tuple[str, ...]) -> Scope:
    condition = word_condition(query.syntax, languages) if query.syntax else None
    return replace(scope, words=condition) if condition else scope
