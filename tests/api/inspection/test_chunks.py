"""Where the chunks of a document are in its text."""

from itertools import pairwise
from typing import Any

from fastapi.testclient import TestClient

from shared.domain.documents.document import Lane
from tests.support.worker_harness import WorkerHarness

URL = "/v1/documents/a"
LONG = " ".join(f"🙂 Sentence {number} is about ink and paper." for number in range(400))


def write(client: TestClient, content: str) -> None:
    client.put(URL, json={"content": content}).raise_for_status()


def embed(harness: WorkerHarness) -> None:
    for lane in Lane:
        harness.embedding.embed_batch(lane)


def chunks(client: TestClient) -> dict[str, Any]:
    answer = client.get(f"{URL}/chunks")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_new_document_has_none(client: TestClient) -> None:
    write(client, "text")
    assert chunks(client) == {
        "id": "a",
        "collection": "default",
        "version": None,
        "model": None,
        "items": [],
    }


def test_the_chunks_cover_the_text_in_its_order(client: TestClient, harness: WorkerHarness) -> None:
    write(client, LONG)
    embed(harness)
    found = chunks(client)
    items = [(each["start"], each["end"]) for each in found["items"]]
    stored = client.get(URL).json()["embedding"]
    assert (found["version"], found["model"]) == (1, stored["model"])
    assert len(items) == stored["chunks"] > 1
    assert items[0][0] == 0
    assert items[-1][1] == len(LONG)
    for (start, end), (next_start, next_end) in pairwise(items):
        assert start < next_start <= end + 1
        assert end < next_end


def test_until_an_edit_is_embedded_they_are_those_of_the_former_text(
    client: TestClient, harness: WorkerHarness
) -> None:
    write(client, "text")
    embed(harness)
    write(client, LONG)
    found = chunks(client)
    assert (found["version"], found["items"]) == (1, [{"start": 0, "end": 4}])
    embed(harness)
    assert chunks(client)["version"] == 2


def test_a_document_that_does_not_exist_has_none(client: TestClient) -> None:
    answer = client.get("/v1/documents/nobody/chunks")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:inkdex:document-not-found"
