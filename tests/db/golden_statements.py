"""The main statements as PostgreSQL receives them, with example values, for docs/sql.

`make sql` writes the files, on a temporary server. A test compares them.
"""

import hashlib
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from local.servers import postgres
from shared.config import Settings
from shared.db.answers import passages
from shared.db.documents import write_documents, write_statements
from shared.db.embedding import claims, jobs, shares
from shared.db.kit.session import vector_search_settings
from shared.db.search import candidates, hits, search, word_statistics
from shared.db.search.candidates import Page, Tier
from shared.domain.answers.places import Place
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.documents.filters import parse_filter
from shared.domain.documents.languages import ENGLISH
from shared.domain.documents.writes import WriteMode
from shared.domain.embedding.flows import LENGTHS, FlowTurns
from shared.domain.refs import DEFAULT_TENANT, DocumentRef
from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.documents import lexed_document
from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope
from shared.domain.search.word_plan import WordStatistics, planned
from tests.support.collections import named
from tests.support.databases import make_settings
from tests.support.paths import ROOT

FOLDER = ROOT / "docs/sql"
MODEL_ID = 1
VECTOR = QueryVector(MODEL_ID, 8, [0.5, -0.25, 0.125, 0.5, 0.0, 0.25, -0.5, 0.375])
TEXT = Query("how does iron ink dry", None, by_words=True, limit=10)
HYBRID = replace(TEXT, vector=VECTOR)
SEMANTIC = replace(HYBRID, by_words=False)
BY_BITS = replace(search.INDEXED_FIRST, binary={MODEL_ID: 200})
TOKEN = UUID("01234567-89ab-4def-8123-456789abcdef")
DOCUMENT = NewDocument(
    DocumentRef(named("notes"), "ink-1"),
    "How ink dries",
    "Iron gall ink darkens on paper within a day.",
    {"lang": "en", "year": 2024},
)
BATCH = [
    DOCUMENT,
    NewDocument(
        DocumentRef(named("notes"), "ink-2"), None, "Carbon ink lies on top.", {"year": 2023}
    ),
]
FLOWS = FlowTurns().next_ranges(Lane.INTERACTIVE, LENGTHS[Lane.INTERACTIVE][-1])
FILTER = {"lang": "en", "year": {"gte": 2020}}


class Script:
    """A file that can be pasted into psql. It changes nothing, because it rolls back."""

    def __init__(self, connection: psycopg.Connection[Any], *comments: str) -> None:
        self._cursor = psycopg.ClientCursor(connection)
        self._lines = [f"-- {comment}" for comment in comments]
        self._lines.append("BEGIN;")

    def add(self, statement: str, parameters: Mapping[str, Any] | None = None) -> "Script":
        finished = self._cursor.mogrify(statement, parameters)
        self._lines += [line.rstrip() for line in finished.splitlines() if line.strip()]
        self._lines[-1] += ";"
        return self

    def __str__(self) -> str:
        return "\n".join([*self._lines, "ROLLBACK;", ""])


def statements(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return the contents of the files by name."""
    settings = make_settings("", "redis://127.0.0.1", "")
    scope, filtered = Scope(named("notes")), Scope(named("notes"), parse_filter(FILTER))
    return {
        "accept-one.sql": str(_accept_one(connection)),
        "accept-many.sql": str(_accept_many(connection)),
        "due-tenants.sql": str(_due(connection)),
        "claim.sql": str(_claim(connection)),
        "store.sql": str(_store(connection)),
        "search-hybrid.sql": str(_search(connection, settings, HYBRID, scope)),
        "search-hybrid-small.sql": str(
            _search(connection, settings, HYBRID, scope, search.EXACT_FIRST)
        ),
        "search-semantic.sql": str(_search(connection, settings, SEMANTIC, scope)),
        "search-semantic-bits.sql": str(_search(connection, settings, SEMANTIC, scope, BY_BITS)),
        "search-text.sql": str(_search(connection, settings, TEXT, scope)),
        "search-hybrid-filtered.sql": str(_search(connection, settings, HYBRID, filtered)),
        "word-statistics.sql": str(_word_statistics(connection)),
        "hits.sql": str(_hits(connection)),
        "answer-chunks.sql": str(_answer_chunks(connection)),
        "answer-texts.sql": str(_answer_texts(connection)),
    }


def _accept_one(connection: psycopg.Connection[Any]) -> Script:
    return Script(
        connection,
        "A write, sent by shared.db.documents.write_documents.accept, with example values.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.",
    ).add(
        write_statements.ACCEPT_ONE[WriteMode.UPSERT],
        write_documents.parameters_of_one(lexed_document(DOCUMENT), Lane.INTERACTIVE, None),
    )


def _accept_many(connection: psycopg.Connection[Any]) -> Script:
    return Script(
        connection,
        "A batch of an import, sent by shared.db.documents.write_documents.accept_many.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.",
    ).add(
        write_statements.ACCEPT_MANY[WriteMode.UPSERT],
        write_documents.parameters_of_many(list(map(lexed_document, BATCH)), Lane.BULK),
    )


def _claim(connection: psycopg.Connection[Any]) -> Script:
    return Script(
        connection,
        "A claim of due jobs, sent by shared.db.embedding.claims.claim.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.",
    ).add(
        claims.LEASE,
        {
            "model": MODEL_ID,
            "lane": Lane.INTERACTIVE,
            "documents": 64,
            "bytes": 1_000_000,
            "lease": 60.0,
            "token": TOKEN,
            "after": [flows.after for flows in FLOWS],
            "until": [flows.until for flows in FLOWS],
        },
    )


def _due(connection: psycopg.Connection[Any]) -> Script:
    return Script(
        connection,
        "The tenants with due jobs, the next one first, sent by shared.db.embedding.shares.due.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.",
    ).add(shares.DUE, {"lane": Lane.INTERACTIVE})


def _store(connection: psycopg.Connection[Any]) -> Script:
    return Script(
        connection,
        "The end of embedded jobs, sent by shared.db.embedding.jobs.store before their chunks.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.",
    ).add(
        jobs.END,
        {
            "keys": [1, 2],
            "hashes": [hashlib.sha256(text).digest() for text in (b"one", b"two")],
            "chunks": [1, 3],
            "model": MODEL_ID,
            "token": TOKEN,
        },
    )


def _search(
    connection: psycopg.Connection[Any],
    settings: Settings,
    query: Query,
    scope: Scope,
    tier: Tier = search.INDEXED_FIRST,
) -> Script:
    script = Script(
        connection,
        "The candidates of a search, sent by shared.db.search.candidates.find.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before WITH.",
    )
    for name, value in vector_search_settings(settings).items():
        script.add(f"SET LOCAL {name} = {value}")
    terms = query_terms(query.text, [ENGLISH])
    statistics = WordStatistics(30_000, 120.0, 1.0, [9000, 12_000, 90, 160, 40])
    plan = planned(terms, statistics, search.EXPECTED_BESIDE_NEAREST, tier.common_documents)
    return script.add(
        candidates.build(query, scope, tier, plan),
        candidates.parameters(query, scope, plan, Page((), 10)),
    )


def _word_statistics(connection: psycopg.Connection[Any]) -> Script:
    return Script(
        connection,
        "What a query's words are ranked by, sent by shared.db.search.word_statistics.read.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before SELECT.",
    ).add(
        word_statistics.STATEMENT,
        word_statistics.parameters(DEFAULT_TENANT, query_terms(TEXT.text, [ENGLISH])),
    )


def _hits(connection: psycopg.Connection[Any]) -> Script:
    page = [Ranked(1, 1.0, 0.7, 0, 44, 2.5), Ranked(2, 0.1, word_score=1.25)]
    return Script(
        connection,
        "The hits of a page, sent by shared.db.search.hits.read, with example values.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before SELECT.",
    ).add(hits.STATEMENT, hits.parameters(page))


def _answer_chunks(connection: psycopg.Connection[Any]) -> Script:
    return Script(
        connection,
        "The chunks for an answer, sent by shared.db.answers.passages.chunks.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before SELECT.",
    ).add(passages.CHUNKS, passages.parameters_of_chunks({1: 120, 2: None}, [VECTOR]))


def _answer_texts(connection: psycopg.Connection[Any]) -> Script:
    places = [Place(1, 0, 44, b"hash"), Place(2, 0, 1200)]
    return Script(
        connection,
        "The passages for an answer, sent by shared.db.answers.passages.texts.",
        "To see its plan, put EXPLAIN (ANALYZE, BUFFERS) before SELECT.",
    ).add(passages.TEXTS, passages.parameters_of_texts(places))


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres.running(Path(folder)) as url,
        psycopg.connect(url) as connection,
    ):
        for name, text in statements(connection).items():
            (FOLDER / name).write_text(text)
            sys.stdout.write(f"docs/sql/{name}\n")


if __name__ == "__main__":
    main()
