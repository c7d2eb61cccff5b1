"""The processor time that a text takes in PostgreSQL and in Python, from write to quotation."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.db.documents import delete_documents, write_documents
from shared.db.kit.pool import AsyncConnection
from shared.db.search import search
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.embedding.chunks import chunks_of
from shared.domain.embedding.tokens import CountTokens, estimate_tokens
from shared.domain.embedding.wordpiece import read_vocabulary
from shared.domain.refs import DocumentRef
from shared.domain.search.lexing.documents import lexed_document
from shared.domain.search.query import Query
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.scope import Scope
from shared.domain.search.snippets.near_words import NearWords
from shared.domain.search.snippets.snippet import quotations
from tests.support.collections import named

QUERY_CHARACTERS = 10_000
CHUNK_TOKENS = 256
COLLECTION = "fuzz"

_WORDPIECE = read_vocabulary([*"abcdefink0123456789", *(f"##{each}" for each in "abcdefink0123")])


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds of processor time by step."""

    bytes: int
    seconds: dict[str, float]


async def measure(connection: AsyncConnection, text: str) -> Work:
    """Write the text, search for it, delete it and divide it into chunks."""
    ref = DocumentRef(named(COLLECTION), "text")
    new = NewDocument(ref, text[:2000].strip() or None, text)
    run = "".join(text.replace('"', "").split())
    seconds = {
        "write": await _measured(
            connection, lambda: write_documents.accept(connection, lexed_document(new), Lane.BULK)
        ),
        "search": await _measured(connection, lambda: _search(connection, text)),
        "search for a phrase": await _measured(
            connection, lambda: _search(connection, f'"{run[: QUERY_CHARACTERS - 2]}"')
        ),
        "split by estimate": _split_seconds(text, estimate_tokens),
        "split by WordPiece": _split_seconds(text, _WORDPIECE.count),
    }
    await delete_documents.delete(connection, ref, None)
    return Work(len(text.encode()), seconds)


async def _search(connection: AsyncConnection, text: str) -> None:
    syntax = parse_query(text[:QUERY_CHARACTERS])
    query = Query(syntax.text, None, by_words=True, limit=10, syntax=syntax)
    found = await search.search(connection, query, Scope(named(COLLECTION)))
    quotations(found, NearWords(found))


async def _measured(connection: AsyncConnection, act: Callable[[], Awaitable[Any]]) -> float:
    started, own = _backend_seconds(connection), time.process_time()
    await act()
    return _backend_seconds(connection) - started + time.process_time() - own


def _backend_seconds(connection: AsyncConnection) -> float:
    """Return the processor time of the connection's server process, or the time where unknown."""
    statistics = Path(f"/proc/{connection.info.backend_pid}/schedstat")
    if not statistics.exists():
        return time.monotonic()
    return int(statistics.read_text().split()[0]) / 1e9


def _split_seconds(text: str, count: CountTokens) -> float:
    started = time.process_time()
    for _ in chunks_of(None, text, CHUNK_TOKENS, count):
        pass
    return time.process_time() - started
