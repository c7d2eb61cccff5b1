"""PostgreSQL accepts the lexemes and the terms of any text."""

import random

import pytest

from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncDatabase
from shared.db.search import search
from shared.domain.documents.document import Lane
from shared.domain.search.lexing.documents import lexed_document
from shared.domain.search.query import Query
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.scope import Scope
from tests.support.collections import named
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

TEXTS = 150
SIGNS = "\"'-\\~^:*<>&|!()“”’ \u0301\u200b\u05b0\u0e33\u0640\t"


def any_text(chance: random.Random) -> str:
    ranges = [(32, 127), (0xA0, 0x3000), (0x3000, 0xD800), (0xE000, 0x1FFFF)]
    characters = [chr(chance.randrange(*chance.choice(ranges))) for _ in range(40)]
    return "".join(chance.choice([*SIGNS, *characters]) for _ in range(chance.choice((3, 10, 80))))


async def test_any_text_is_written_and_searched_for(async_database: AsyncDatabase) -> None:
    chance = random.Random(7)
    async with async_database.connection() as connection:
        for number in range(TEXTS):
            text = any_text(chance)
            document = new(
                str(number % 9), f"{text}.", metadata={"lang": chance.choice(["fr", "el"])}
            )
            await write_documents.accept(connection, lexed_document(document), Lane.BULK)
            parsed = parse_query(text)
            query = Query(parsed.text, None, by_words=True, limit=10, syntax=parsed)
            await search.search(connection, query, Scope(named("c")))
