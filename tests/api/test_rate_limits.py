"""Limits of keys over HTTP: headers, refusals, and imports that are slowed down."""

import re
import threading
import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from api.app import create_app
from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.access.keys import new_key
from shared.services.access import allowances
from tests.support.server_processes import Redis

ADMIN_KEY = new_key().text
ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}


def client_of(settings: Settings) -> TestClient:
    return TestClient(create_app(settings.model_copy(update={"admin_key": SecretStr(ADMIN_KEY)})))


def make_key(client: TestClient) -> dict[str, str]:
    """Return the header of a new key."""
    scopes = [{"actions": ["*"], "collections": ["*"]}]
    made = client.post("/v1/keys", json={"name": "a test", "scopes": scopes}, headers=ADMIN)
    return {"Authorization": f"Bearer {made.json()['key']}"}


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(allowances, "KEEP_SECONDS", 0)
    with client_of(settings) as client:
        yield client


@pytest.fixture
def key(client: TestClient) -> dict[str, str]:
    return make_key(client)


def limit(database: Database, **limits: int) -> None:
    with database.connection() as connection:
        connection.execute("UPDATE tenants SET limits = %s", (Jsonb(limits),))


def statuses(client: TestClient, key: dict[str, str], count: int) -> list[int]:
    return [client.get("/v1/documents", headers=key).status_code for _ in range(count)]


def test_without_a_limit_nothing_is_said(client: TestClient, key: dict[str, str]) -> None:
    assert "ratelimit" not in client.get("/v1/documents", headers=key).headers


def test_an_operator_can_always_change_limits(client: TestClient, database: Database) -> None:
    limit(database, requests_per_minute=1, bytes_per_minute=1)
    assert statuses(client, ADMIN, 2) == [200, 429]
    change = {"limits": {"requests_per_minute": None, "bytes_per_minute": None}}
    assert client.patch("/v1/tenants/default", json=change, headers=ADMIN).status_code == 200
    assert statuses(client, ADMIN, 2) == [200, 200]


def test_a_burst_gets_the_limit_and_then_429(
    client: TestClient, database: Database, key: dict[str, str]
) -> None:
    limit(database, requests_per_minute=5)
    assert statuses(client, key, 8) == [200] * 5 + [429] * 3
    refused = client.get("/v1/documents", headers=key)
    body = refused.json()
    assert body["type"] == "urn:inkdex:rate-limited"
    assert body["limit"] == {"name": "requests", "per_minute": 5}
    wait = int(refused.headers["Retry-After"])
    assert 0 < wait <= 65
    assert body["detail"] == f"This key may send 5 requests a minute. Try again in {wait} s."
    assert refused.headers["RateLimit-Policy"] == '"requests";q=5;w=60'
    assert refused.headers["RateLimit"] == f'"requests";r=0;t={wait}'
    assert refused.headers["X-Request-ID"]
    limit(database)
    another = make_key(client)
    limit(database, requests_per_minute=5)
    assert statuses(client, another, 1) == [200]
    scrape = client.get("/metrics", headers=ADMIN).text
    assert 'inkdex_requests_rate_limited_total{limit="requests",tenant="default"} 4.0' in scrape


def test_every_answer_of_a_limited_key_says_what_is_left(
    client: TestClient, database: Database, key: dict[str, str]
) -> None:
    limit(database, requests_per_minute=10, bytes_per_minute=1000, tokens_per_minute=500)
    first = client.put("/v1/documents/a", json={"content": "x" * 86}, headers=key)
    assert first.headers["RateLimit-Policy"] == (
        '"requests";q=10;w=60, "bytes";q=1000;qu="content-bytes";w=60, '
        '"tokens";q=500;qu="tokens";w=60'
    )
    assert re.fullmatch(
        r'"requests";r=9;t=6[0-5], "bytes";r=900;t=6[0-5], "tokens";r=500;t=0',
        first.headers["RateLimit"],
    )
    missing = client.get("/v1/documents/none", headers=key)
    assert missing.status_code == 404
    assert '"requests";r=8;' in missing.headers["RateLimit"]


def test_two_processes_share_a_limit(
    client: TestClient, settings: Settings, database: Database, key: dict[str, str]
) -> None:
    limit(database, requests_per_minute=10)
    with client_of(settings) as other:
        found = [statuses(each, key, 1)[0] for _ in range(8) for each in (client, other)]
    assert found == [200] * 10 + [429] * 6


def test_a_body_is_refused_before_it_is_read(
    client: TestClient, database: Database, key: dict[str, str]
) -> None:
    limit(database, bytes_per_minute=1000)
    too_large = client.put("/v1/documents/a", json={"content": "x" * 1000}, headers=key)
    assert too_large.status_code == 429
    assert "Retry-After" not in too_large.headers
    assert "and this key may send 1,000 bytes a minute" in too_large.json()["detail"]
    fitting = {"content": "x" * 700}
    assert client.put("/v1/documents/a", json=fitting, headers=key).status_code == 201
    refused = client.put("/v1/documents/b", json=fitting, headers=key)
    assert refused.json()["limit"]["name"] == "bytes"
    assert refused.headers["Retry-After"]
    assert client.get("/v1/documents/b", headers=ADMIN).status_code == 404


def test_a_body_of_unknown_length_is_refused_while_it_comes(
    client: TestClient, database: Database, key: dict[str, str]
) -> None:
    limit(database, bytes_per_minute=1000)
    headers = key | {"Content-Type": "application/json"}

    def body() -> Iterator[bytes]:
        yield b'{"content": "'
        yield b"x" * 2000
        yield b'"}'

    refused = client.put("/v1/documents/a", content=body(), headers=headers)
    assert refused.status_code == 429
    assert refused.json()["limit"] == {"name": "bytes", "per_minute": 1000}
    assert client.get("/v1/documents/a", headers=ADMIN).status_code == 404


def test_queries_and_texts_cost_tokens(
    client: TestClient, database: Database, key: dict[str, str]
) -> None:
    limit(database, tokens_per_minute=20)
    query = {"q": "x" * 39, "mode": "text"}
    assert client.get("/v1/search", params=query, headers=key).status_code == 200
    assert client.get("/v1/search", params=query, headers=key).status_code == 200
    asked = client.post("/v1/ask", json={"question": "x" * 59, "stream": False}, headers=key)
    assert asked.status_code == 200
    assert '"tokens";r=5;' in asked.headers["RateLimit"]
    refused = client.post(
        "/v1/embeddings", json={"model": "all-minilm", "input": ["a", "x" * 39]}, headers=key
    )
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert "may send 20 tokens a minute" in refused.json()["error"]["message"]


def test_openai_clients_can_read_a_refusal_of_the_request(
    client: TestClient, database: Database, key: dict[str, str]
) -> None:
    limit(database, requests_per_minute=1)
    assert client.get("/v1/models", headers=key).status_code == 200
    # While Redis is slow, the process counts by itself, so a second request may be admitted.
    answers = (client.get("/v1/models", headers=key) for _ in range(5))
    refused = next(each for each in answers if each.status_code == 429)
    assert refused.json()["error"]["code"] == "rate_limited"


def test_an_import_is_slowed_down_and_loses_nothing(
    client: TestClient, database: Database, key: dict[str, str]
) -> None:
    limit(database, bytes_per_minute=1000)
    lines = [f'{{"id": "{n}", "content": "{"x" * 70}"}}\n'.encode() for n in range(20)]
    headers = key | {"Content-Type": "application/x-ndjson"}
    threading.Timer(2.0, limit, [database], {"bytes_per_minute": 0}).start()
    started = time.monotonic()
    answer = client.post("/v1/documents/bulk", content=iter(lines), headers=headers)
    assert answer.json()["accepted"] == 20
    assert time.monotonic() - started > 1


def test_a_limit_outlives_redis(
    settings: Settings, broker: Redis, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "KEEP_SECONDS", 0)
    url = SecretStr(broker.url)
    own = settings.model_copy(update={"redis_url": url, "api_processes": 2})
    with client_of(own) as client:
        one, other = make_key(client), make_key(client)
        limit(database, requests_per_minute=20)
        assert statuses(client, one, 6) == [200] * 6
        broker.kill()
        assert statuses(client, one, 8) == [200] * 4 + [429] * 4
        assert statuses(client, other, 12) == [200] * 10 + [429] * 2
        broker.start()


def test_a_redis_that_hangs_costs_one_pause(
    settings: Settings, broker: Redis, database: Database
) -> None:
    own = settings.model_copy(update={"redis_url": SecretStr(broker.url)})
    with client_of(own) as client:
        one = make_key(client)
        limit(database, requests_per_minute=1000)
        assert statuses(client, one, 1) == [200]
        broker.pause()
        try:
            assert statuses(client, one, 20) == [200] * 20
        finally:
            broker.resume()
