"""A search looks for words that begin alike only if few documents match and a word is long."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import candidates, search
from shared.domain.search.query import Query
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.scope import Scope
from shared.domain.search.word_plan import WordPlan
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("text", "expected", "with_prefixes"),
    [
        ("paper", ["0", "1"], True),
        ("ink", ["0"], False),
        ('"ink on paper"', ["0"], False),
        ("墨水", [], False),
    ],
)
async def test_how_often_candidates_are_looked_for(
    documents: DocumentService,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    expected: list[str],
    *,
    with_prefixes: bool,
) -> None:
    sent = []
    build = candidates.build

    def recorded(query: Query, scope: Scope, tier: candidates.Tier, plan: WordPlan) -> str:
        sent.append((tier.candidates, tier.prefixes))
        return build(query, scope, tier, plan)

    monkeypatch.setattr(candidates, "build", recorded)
    await documents.create(new("0", "Ink on paper."))
    await documents.create(new("1", "A paperback."))
    async with async_database.connection() as connection:
        await search.search(
            connection, Query("paper", None, by_words=True, limit=1), Scope(named("c"))
        )
        sent.clear()  # the first search may repeat its statement, because it sees a new language
        parsed = parse_query(text)
        query = Query(parsed.text, None, by_words=True, limit=2, syntax=parsed)
        found = await search.search(connection, query, Scope(named("c")))
    assert [hit.ref.id for hit in found.hits] == expected
    assert sent[0] == (search.EXACT_FIRST.candidates, with_prefixes)
    assert len(sent) == len(dict(sent)), "a tier sends its statement once"
