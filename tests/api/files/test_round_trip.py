"""Files through a real API, worker and model server."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support import loopback
from tests.support.pdf_files import pdf
from tests.support.processes import eventually

FILES = "/v1/files"
PAGES = [
    "Iron gall ink darkens on paper within a day.",
    "Vellum is made of calf skin and lasts for centuries.",
    "Letters are kept in boxes of grey cardboard.",
]


@pytest.fixture
def client(api: str) -> Iterator[httpx.Client]:
    with loopback.client(api) as client:
        yield client


def send(client: httpx.Client, collection: str, **files: bytes) -> list[dict[str, Any]]:
    parts = [("file", (name, content)) for name, content in files.items()]
    answer = client.post(FILES, params={"collection": collection}, files=parts)
    assert answer.status_code == 202, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def settled(client: httpx.Client, collection: str, id_: str) -> dict[str, Any]:
    params = {"collection": collection, "wait": "10"}

    def is_settled() -> bool:
        found = client.get(f"{FILES}/{id_}", params=params).json()
        return found["status"] in {"ready", "failed"}

    eventually(is_settled, f"{id_} is read and embedded", 60)
    file: dict[str, Any] = client.get(f"{FILES}/{id_}", params=params).json()
    return file


def test_a_pdf_is_found_with_its_page(client: httpx.Client, collection: str) -> None:
    send(client, collection, **{"book.pdf": pdf(PAGES, "About ink")})
    file = settled(client, collection, "book.pdf")
    assert (file["status"], file["documents"], file["pages"]) == ("ready", 1, 3), file
    assert file["extractor"]["version"]
    for query, page in (("calf skin", 2), ("grey cardboard", 3)):
        params = {"q": query, "collection": collection}
        (hit,) = client.get("/v1/search", params=params).raise_for_status().json()["hits"]
        assert hit["document"]["metadata"]["file"] == "book.pdf"
        if "<mark>" in hit["snippet"] and "Iron" not in hit["snippet"]:
            assert hit["location"] == {"unit": "page", "number": page}
        assert hit["location"]["unit"] == "page"
    assert client.delete(f"{FILES}/book.pdf", params={"collection": collection}).status_code == 204
    listed = client.get("/v1/documents", params={"collection": collection}).json()
    assert listed["items"] == []


def test_an_upload_waits_until_its_files_are_ready(client: httpx.Client, collection: str) -> None:
    parts = [("file", (f"{n}.txt", f"Ink number {n} dries.".encode())) for n in range(3)]
    params = {"collection": collection, "wait": "30"}
    answer = client.post(FILES, params=params, files=parts, timeout=40).json()
    assert [each["status"] for each in answer["items"]] == ["ready"] * 3
