"""Search: run the statement, and read its hits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.db.kit.pool import AsyncConnection
from shared.db.search import search_statement
from shared.db.search.text_languages import SeenLanguages
from shared.domain.refs import DocumentRef
from shared.domain.search.lexing.conditions import word_condition
from shared.domain.search.lexing.queries import Term, query_terms
from shared.domain.search.query import Hit, HitPage, Nearest, Passage, Query
from shared.domain.search.scope import Scope

UNLIMITED = 2**31 - 2


@dataclass(frozen=True, slots=True)
class SearchTier:
    """How many rows a search reads.

    If at most `exact_max` documents are in the scope, all their vectors are compared. Otherwise the
    vector index returns `candidates` chunks. A word that more than `common_documents` documents
    contain is not looked up on its own.
    """

    candidates: int
    exact_max: int
    common_documents: int


SEARCH_TIERS = (
    SearchTier(100, 2000, 50_000),
    SearchTier(2000, 20_000, UNLIMITED),
    SearchTier(2000, UNLIMITED, UNLIMITED),
)
"""A search that does not fill its page is repeated with the next tier."""
FILTERED_FACTOR = 5
"""`exact_max` is larger by this factor under a filter, because the scan of the vector index then
has to skip the chunks that the filter rejects."""


_seen = SeenLanguages()


async def search(connection: AsyncConnection, query: Query, scope: Scope) -> HitPage:
    """Return the best documents in `scope`."""
    for tier in SEARCH_TIERS:
        terms, rows = await _rows(connection, query, scope, tier)
        hits = [_hit(row) for row in rows if row["id"] is not None]
        if len(hits) == query.limit or _is_complete(query, rows[0]):
            break
    return HitPage(hits, terms, rows[0]["weights"] or ())


def _is_complete(query: Query, row: dict[str, Any]) -> bool:
    """Return whether the next tier would find nothing else."""
    return bool(row["is_small"] or (query.vector is None and not row["skipped_common_words"]))


async def _rows(
    connection: AsyncConnection, query: Query, scope: Scope, tier: SearchTier
) -> tuple[Sequence[Term], list[dict[str, Any]]]:
    """Run the statement. Run it again if texts are not in the languages that were seen last."""
    languages = _seen.languages
    while True:
        terms, within = query_terms(query.text, languages), _with_words(scope, query, languages)
        statement = search_statement.build(query, within)
        rows = await _fetch(connection, statement, parameters(query, within, tier, terms))
        found = tuple(rows[0]["languages"] or ())
        if found == languages:
            return terms, rows
        _seen.languages = languages = found


def _with_words(scope: Scope, query: Query, languages: Sequence[str]) -> Scope:
    condition = word_condition(query.syntax, languages) if query.syntax else None
    return replace(scope, words=condition) if condition else scope


def parameters(
    query: Query, scope: Scope, tier: SearchTier, terms: Sequence[Term]
) -> dict[str, Any]:
    """Return the statement's parameters."""
    factor = FILTERED_FACTOR if scope.conditions or scope.words else 1
    return search_statement.query_parameters(query, scope, terms) | {
        "candidates": max(tier.candidates, query.wanted),
        "exact_max": min(UNLIMITED, tier.exact_max * factor),
        "common_documents": tier.common_documents,
    }


async def _fetch(
    connection: AsyncConnection, statement: str, values: dict[str, Any]
) -> list[dict[str, Any]]:
    """Run both statements in a single round trip. Their transaction confines the settings."""
    async with connection.pipeline(), connection.transaction():
        await connection.execute(search_statement.SETTINGS)
        cursor = await connection.execute(statement, values)
    return await cursor.fetchall()


def _hit(row: dict[str, Any]) -> Hit:
    return Hit(
        ref=DocumentRef(row["collection"], row["id"]),
        title=row["title"],
        metadata=row["metadata"],
        status=row["status"],
        score=row["score"],
        semantic_rank=row["semantic_rank"],
        text_rank=row["text_rank"],
        passage=Passage(row["passage"], row["language"], row["is_start"], row["is_end"]),
        nearest=_nearest(row),
    )


def _nearest(row: dict[str, Any]) -> Nearest | None:
    if row["distance"] is None or row["chunks"] is None:
        return None
    return Nearest(
        1 - row["distance"],
        row["start_offset"],
        row["end_offset"],
        row["chunks"],
        row["embedded_version"],
    )
