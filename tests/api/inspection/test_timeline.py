"""A document's way from its write to `ready`."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.paths import BELOW_DOCUMENT
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from tests.support.worker_harness import POISON, WorkerHarness

URL = "/v1/documents/a"
BUILDING = """
WITH model AS (
    INSERT INTO embedding_models (name, state, dimensions) VALUES ('next', 'building', 8)
    RETURNING id
)
INSERT INTO collections (name, active_model_id, building_model_id)
SELECT 'default', (SELECT id FROM embedding_models WHERE state = 'active'), id FROM model
"""


def put(client: TestClient, content: str, **fields: Any) -> None:  # noqa: ANN401
    client.put(URL, json={"content": content, **fields}).raise_for_status()


def timeline(client: TestClient, url: str = URL) -> dict[str, Any]:
    answer = client.get(f"{url}/timeline")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    times = [event["at"] for event in found["events"]]
    assert times == sorted(times)
    return found


def kinds(found: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(event["kind"], event["version"]) for event in found["events"]]


def test_a_new_document_waits(client: TestClient) -> None:
    put(client, "text")
    found = timeline(client)
    assert kinds(found) == [("created", 1), ("queued", 1)]
    assert (found["status"], found["file"]) == ("pending", None)
    (model,) = found["models"]
    assert (model["role"], model["status"], model["lane"]) == ("active", "pending", "interactive")
    assert (model["claimed"], model["error"], model["embedding"]) == (False, None, None)


def test_a_ready_document_was_embedded(client: TestClient, harness: WorkerHarness) -> None:
    put(client, "text")
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    put(client, "text", metadata={"lang": "en"})
    found = timeline(client)
    assert kinds(found) == [("created", 1), ("embedded", 1), ("metadata_changed", 2)]
    (model,) = found["models"]
    assert (found["status"], model["status"], model["queued_at"]) == ("ready", "ready", None)
    embedding = model["embedding"]
    assert embedding.pop("embedded_at") == found["events"][1]["at"]
    assert embedding == {"version": 1, "chunks": 1, "chunks_sent": 0}


def test_a_new_text_waits_while_the_former_one_is_found(
    client: TestClient, harness: WorkerHarness
) -> None:
    put(client, "text")
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    put(client, "another text")
    found = timeline(client)
    assert kinds(found) == [("created", 1), ("embedded", 1), ("text_written", 2), ("queued", 2)]
    assert found["models"][0]["embedding"]["version"] == 1


def test_attempts_tell_their_error_and_the_next_try(
    client: TestClient, harness: WorkerHarness
) -> None:
    put(client, POISON)
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    (model,) = timeline(client)["models"]
    assert (model["status"], model["attempts"]) == ("pending", 1)
    assert model["error"]["code"] == "rejected_by_model"
    assert model["error"]["retry_at"]
    while timeline(client)["status"] != "failed":
        harness.embedding.embed_batch(Lane.INTERACTIVE)
    found = timeline(client)
    assert kinds(found) == [("created", 1), ("queued", 1), ("failed", 1)]
    assert found["events"][-1]["detail"] == "The model can't embed this text."
    assert found["models"][0]["error"]["retry_at"] is None


def test_a_document_that_a_worker_has_is_claimed(
    client: TestClient, harness: WorkerHarness
) -> None:
    seen: list[dict[str, Any]] = []
    harness.embedder.on_embed = lambda: seen.append(timeline(client)["models"][0])
    put(client, "text")
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    assert seen[0]["claimed"]
    assert not timeline(client)["models"][0]["claimed"]


def test_during_a_migration_each_model_has_its_state(
    client: TestClient, database: Database, harness: WorkerHarness
) -> None:
    with database.connection() as connection:
        connection.execute(BUILDING)
    harness.embedder.refused_by["next"] = "text"
    put(client, "text")
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    models = timeline(client)["models"]
    assert [(model["model"], model["role"]) for model in models] == [
        ("all-minilm", "active"),
        ("next", "building"),
    ]
    assert [model["status"] for model in models] == ["ready", "pending"]
    assert [model["attempts"] for model in models] == [0, 1]


def test_a_document_of_a_file_tells_when_it_was_read(
    client: TestClient, database: Database
) -> None:
    client.post("/v1/files", files={"file": ("b.txt", b"text")}).raise_for_status()
    client.put("/v1/documents/b.txt", json={"content": "text"}).raise_for_status()
    with database.connection() as connection:
        connection.execute(
            "UPDATE files SET state = 'done', claimed_at = now(), updated_at = now()"
        )
        connection.execute(
            "INSERT INTO file_documents (collection, id, file_key, number)"
            " SELECT collection, id, key, 0 FROM files"
        )
    found = timeline(client, "/v1/documents/b.txt")
    assert found["file"] == {"id": "b.txt", "status": "pending"}
    assert kinds(found)[:3] == [("file_received", None), ("created", 1), ("queued", 1)]
    assert {kind for kind, _ in kinds(found)[3:]} == {"file_claimed", "file_read"}


def test_a_document_that_does_not_exist_has_none(client: TestClient) -> None:
    answer = client.get("/v1/documents/nobody/timeline")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:inkdex:document-not-found"


@pytest.mark.parametrize("ending", BELOW_DOCUMENT)
def test_an_id_that_ends_like_this_is_a_document(client: TestClient, ending: str) -> None:
    url = f"/v1/documents/x{ending.replace('/', '%2F')}"
    made = client.put(url, json={"content": "text"})
    assert made.headers["Location"] == url
    assert client.get(url).json()["id"] == f"x{ending}"
    assert timeline(client, url)["id"] == f"x{ending}"
