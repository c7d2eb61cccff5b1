"""Quotas over HTTP: what is refused, what an import says, and what still works."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from api.app import create_app
from shared.config import Settings
from shared.db.kit.pool import Database
from shared.services.access import allowances


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(allowances, "KEEP_SECONDS", 0)
    with TestClient(create_app(settings), client=("127.0.0.1", 1)) as client:
        yield client


def limit(database: Database, **quotas: int) -> None:
    with database.connection() as connection:
        connection.execute("UPDATE tenants SET quotas = %s", (Jsonb(quotas),))


def test_a_write_beyond_a_quota_says_which_and_what_is_used(
    client: TestClient, database: Database
) -> None:
    limit(database, documents=1)
    assert client.put("/v1/documents/a", json={"content": "text"}).status_code == 201
    refused = client.put("/v1/documents/b", json={"content": "text"})
    assert refused.status_code == 403
    body = refused.json()
    assert body["type"] == "urn:inkdex:quota-exceeded"
    assert body["quota"] == {"name": "documents", "size": 1, "used": 1}
    assert body["detail"].startswith("The tenant's quota is 1 documents, and 1 are used.")
    assert "Retry-After" not in refused.headers
    assert client.get("/v1/documents/b").status_code == 404
    assert client.put("/v1/documents/a", json={"content": "other"}).status_code == 200
    assert client.patch("/v1/documents/a", json={"title": None}).status_code == 200
    assert client.delete("/v1/documents/a").status_code == 204
    assert client.post("/v1/documents", json={"content": "text"}).status_code == 201
    scrape = client.get("/metrics").text
    assert 'inkdex_quotas_exceeded_total{quota="documents",tenant="default"} 1.0' in scrape


def test_an_import_ends_at_the_quota_and_says_how_far_it_came(
    client: TestClient, database: Database
) -> None:
    limit(database, documents=250)
    lines = "".join(f'{{"id": "{n}", "content": "text {n}"}}\n' for n in range(500))
    headers = {"Content-Type": "application/x-ndjson"}
    refused = client.post("/v1/documents/bulk", content=lines, headers=headers)
    assert refused.status_code == 403
    body = refused.json()
    assert body["type"] == "urn:inkdex:quota-exceeded"
    assert body["quota"] == {"name": "documents", "size": 250, "used": 250}
    assert body["import"]["accepted"] == 250
    assert body["import"]["line"] == 200
    assert client.get("/v1/documents/249").status_code == 200
    assert client.get("/v1/documents/250").status_code == 404
    rest = "".join(f'{{"id": "{n}", "content": "text {n}"}}\n' for n in range(250))
    repeated = client.post("/v1/documents/bulk", content=rest, headers=headers)
    assert repeated.json()["unchanged"] == 250


def test_questions_beyond_the_quota_of_a_day(client: TestClient, database: Database) -> None:
    limit(database, answers_per_day=2)
    question = {"question": "What is ink?", "stream": False}
    chat = {"model": "inkdex", "messages": [{"role": "user", "content": "What is ink?"}]}
    assert client.post("/v1/ask", json=question).status_code == 200
    assert client.post("/v1/chat/completions", json=chat).status_code == 200
    refused = client.post("/v1/ask", json=question)
    assert refused.status_code == 403
    assert refused.json()["quota"] == {"name": "answers_per_day", "size": 2, "used": 2}
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert client.post("/v1/chat/completions", json=chat).json()["error"]["code"] == (
        "quota_exceeded"
    )
    assert client.get("/v1/search", params={"q": "ink"}).status_code == 200


def test_the_usage_of_the_tenant_and_what_it_may_have(
    client: TestClient, database: Database
) -> None:
    limit(database, documents=5, answers_per_day=2)
    client.put("/v1/documents/a", json={"content": "text", "title": "Ink"})
    client.post("/v1/ask", json={"question": "What is ink?", "stream": False})
    assert client.get("/v1/usage").json() == {
        "usage": {"documents": 1, "bytes": 9, "chunks": 0, "answers": 1},
        "quotas": {"documents": 5, "bytes": 0, "chunks": 0, "answers_per_day": 2},
        "limits": {"requests_per_minute": 0, "bytes_per_minute": 0, "tokens_per_minute": 0},
    }
