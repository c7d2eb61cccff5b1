"""Cursors, events, statistics and logs of a tenant have nothing of another's."""

import json
from collections.abc import Callable, Iterator
from itertools import count, islice
from typing import Any

import httpx
import pytest

from tests.api.access.conftest import Apis
from tests.support.processes import eventually

Connect = Callable[..., httpx.Client]
MakeKey = Callable[..., dict[str, Any]]

_numbers = count()


@pytest.fixture
def tenant_client(
    admin: httpx.Client, connect: Connect, make_key: MakeKey
) -> Callable[[], tuple[str, dict[str, Any], httpx.Client]]:
    """Return a function that makes a tenant with a key and its client of the second API."""

    def make() -> tuple[str, dict[str, Any], httpx.Client]:
        name = f"apart-{next(_numbers)}"
        made = admin.post("/v1/tenants", json={"name": name})
        assert made.status_code == 201, made.text
        key = make_key(tenant=name)
        return name, key, connect(key["key"], 1)

    return make


Make = Callable[[], tuple[str, dict[str, Any], httpx.Client]]


def write(client: httpx.Client, *ids: str) -> None:
    for id_ in ids:
        client.put(f"/v1/documents/{id_}", json={"content": "apart"}).raise_for_status()


def messages(answer: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id and the data of each event of a document, and of its opening with no data."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif fields:
            yield fields.get("id", ""), json.loads(fields.get("data", "{}"))
            fields = {}


def test_a_cursor_of_another_tenant_is_no_cursor(tenant_client: Make) -> None:
    (_, _, mine), (_, _, other) = tenant_client(), tenant_client()
    for client in (mine, other):
        write(client, "a", "b")
    page = mine.get("/v1/documents", params={"limit": 1}).json()
    cursor = page["next_cursor"]
    refused = other.get("/v1/documents", params={"limit": 1, "cursor": cursor})
    assert refused.status_code == 422
    unknown = other.get("/v1/documents", params={"limit": 1, "cursor": "A" * len(cursor)})
    assert refused.json()["errors"] == unknown.json()["errors"]
    second = mine.get("/v1/documents", params={"limit": 1, "cursor": cursor}).json()
    assert {page["items"][0]["id"], second["items"][0]["id"]} == {"a", "b"}


def test_events_are_those_of_the_tenant_and_ids_of_others_are_unknown(tenant_client: Make) -> None:
    (_, _, mine), (_, _, other) = tenant_client(), tenant_client()
    with mine.stream("GET", "/v1/events") as answer:
        read = messages(answer)
        start, _ = next(read)
        write(other, "theirs")
        write(mine, "ours")
        id_, event = next(read)
    assert event["id"] == "ours"
    with mine.stream("GET", "/v1/events", headers={"Last-Event-ID": start}) as answer:
        assert next(islice(messages(answer), 1, 2)) == (id_, event)
    for foreign in (start, id_, "812-40"):
        with other.stream("GET", "/v1/events", headers={"Last-Event-ID": foreign}) as answer:
            _, missed = next(islice(messages(answer), 1, 2))
            assert "Read the documents again" in missed["detail"]
    assert other.get("/v1/events", headers={"Last-Event-ID": "x"}).status_code == 422


def test_statistics_are_those_of_the_tenant(tenant_client: Make) -> None:
    (_, _, mine), (_, _, other) = tenant_client(), tenant_client()
    write(mine, "a", "b", "c")
    mine.get("/v1/search", params={"q": "apart"}).raise_for_status()
    assert mine.get("/v1/stats").json()["documents"]["total"] == 3
    stats = other.get("/v1/stats").json()
    assert set(stats["documents"].values()) == {0}
    assert set(stats["lanes"].values()) == {0}
    assert stats["oldest_pending_seconds"] is None
    for kind in ("write", "search", "waiting"):
        assert stats["latency"][kind]["count"] == 0
    assert stats["answers"]["answered"] == 0
    assert stats["flower_url"] == ""


def test_each_line_of_a_request_has_the_tenant_and_no_secret(
    tenant_client: Make, apis: Apis
) -> None:
    name, key, client = tenant_client()
    client.get("/v1/documents", headers={"X-Request-ID": name}).raise_for_status()

    def logged() -> list[dict[str, Any]]:
        lines = map(json.loads, apis.log.read_text().splitlines())
        return [line for line in lines if line.get("request_id") == name]

    eventually(lambda: bool(logged()), "the request is logged", 10, apis.log)
    assert {(line["tenant"], line["key"]) for line in logged()} == {(name, key["id"])}
    assert key["key"] not in apis.log.read_text()


def test_metrics_name_the_tenants_for_operators_only(
    tenant_client: Make, admin: httpx.Client
) -> None:
    _, _, client = tenant_client()
    admin.put("/v1/documents/a", json={"content": "apart"}).raise_for_status()
    write(client, "a")
    assert client.get("/metrics").status_code == 403
    page = admin.get("/metrics").text
    assert 'inkdex_tenant_requests_total{kind="write",status="2xx",tenant="default"}' in page


def test_numbers_of_models_and_migrations_count_those_of_the_tenant(tenant_client: Make) -> None:
    tenant_client()
    _, _, client = tenant_client()
    write(client, "a")
    assert client.get("/v1/collections/default").json()["model"]["id"] == 1
    assert client.get("/v1/collections/default/migrations/1").status_code == 404
