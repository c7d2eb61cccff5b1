"""Hits and citations name the page of their file."""

import pytest
from fastapi.testclient import TestClient

from shared.config import Settings
from shared.db.answers import passages
from shared.db.kit.pool import AsyncDatabase
from shared.domain.answers.places import Place
from shared.domain.answers.sources import Passage, joined
from shared.domain.files.locations import Location, LocationMap
from shared.services.files.extraction import FileExtraction
from tests.services.files.conftest import Send
from tests.support import in_process

pytestmark = pytest.mark.anyio

PAGES = [
    "Iron gall ink darkens on paper. " * 40,
    "Vellum is made of calf skin. " * 40,
    "Boxes of grey cardboard keep letters. " * 40,
]


def page_of_hit(client: TestClient, query: str) -> object:
    parameters = {"q": query, "collection": "c", "mode": "text"}
    (hit,) = client.get("/v1/search", params=parameters).json()["hits"]
    return hit["location"]


async def test_a_hit_names_the_page_of_its_snippet(
    settings: Settings, extraction: FileExtraction, send: Send
) -> None:
    await send("a", "\v".join(PAGES))
    await extraction.extract_one()
    with in_process.client(settings) as client:
        assert page_of_hit(client, "gall") == {"unit": "page", "number": 1}
        assert page_of_hit(client, "vellum") == {"unit": "page", "number": 2}
        assert page_of_hit(client, "cardboard") == {"unit": "page", "number": 3}
        body = {"content": "Vellum, edited."}
        client.put("/v1/documents/a", params={"collection": "c"}, json=body)
        assert page_of_hit(client, "vellum") is None


async def test_a_passage_knows_its_pages(
    extraction: FileExtraction, send: Send, async_database: AsyncDatabase
) -> None:
    await send("a", "\v".join(PAGES))
    await extraction.extract_one()
    second, third = len(PAGES[0]) + 1, len(PAGES[0]) + len(PAGES[1]) + 2
    async with async_database.connection() as connection:
        row = await (await connection.execute("SELECT key FROM documents")).fetchone()
        assert row
        places = [
            Place(row["key"], start, end)
            for start, end in ((0, 10), (second + 5, third + 5), (third, third + 20))
        ]
        read = await passages.texts(connection, places)
    maps = [each.locations for each in read]
    assert maps[0] == LocationMap("page", [0], [1])
    assert maps[1] == LocationMap("page", [second, third], [2, 3])
    assert maps[2] == LocationMap("page", [third], [3])
    found = [
        Passage(each.document, each.start, each.end, each.text, locations=each.locations)
        for each in read[1:]
    ]
    (whole,) = joined(found)
    assert whole.location == Location("page", 2)
    assert whole.location_at(third + 1) == Location("page", 3)
