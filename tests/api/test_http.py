"""General HTTP: HEAD, Allow, Host, Location, conditional requests."""

from urllib.parse import urljoin

import httpx
import pytest

from shared.config import Settings
from shared.domain.operations.trusted_hosts import is_foreign

URL = "/v1/documents"


def test_head_returns_the_headers_of_get(client: httpx.Client, collection: str) -> None:
    params = {"collection": collection}
    client.put(f"{URL}/a", params=params, json={"content": "Ink dries."}).raise_for_status()
    got = client.get(f"{URL}/a", params=params)
    head = client.head(f"{URL}/a", params=params)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert client.head("/livez").headers["content-length"] == "18"
    assert client.head("/").status_code == 200
    assert client.head(f"{URL}/none", params=params).status_code == 404


def test_event_stream_does_not_support_head(client: httpx.Client) -> None:
    answer = client.head("/v1/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", URL, "DELETE, GET, HEAD, PATCH, POST"),
        ("POST", f"{URL}/a", "DELETE, GET, HEAD, PATCH, PUT"),
        ("DELETE", "/v1/search", "GET, HEAD, POST"),
        ("PUT", "/livez", "GET, HEAD"),
    ],
)
def test_wrong_method_lists_the_allowed_ones(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path, json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
def test_foreign_host_name_is_refused(client: httpx.Client, host: str) -> None:
    answer = client.get(URL, headers={"host": host})
    assert answer.status_code == 421
    assert "INKDEX_ALLOWED_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "LOCALHOST:8000",
            "127.0.0.1:80",
            "[::1]:80",
            "192.168.1.2",
            "93.184.215.14",
        ),
        *("api:8000", "ink.localhost", "box.local", "svc.internal.", ""),
    ],
)
def test_address_or_local_host_name_is_accepted(client: httpx.Client, host: str) -> None:
    assert client.get("/livez", headers={"host": host}).status_code == 200


def test_setting_allows_host_names() -> None:
    ours = Settings(allowed_hosts="Search.example.org, ink.example.org").own_hosts
    assert not is_foreign("search.example.org:443", ours)
    assert is_foreign("example.org", ours)
    assert not is_foreign("evil.example", Settings(allowed_hosts="*").own_hosts)


@pytest.mark.parametrize("id_", ["a/../b", "./a", "a/.", "a/b", "../..", "a..b/…"])
def test_location_leads_to_the_document(client: httpx.Client, collection: str, id_: str) -> None:
    body = {"id": id_, "collection": collection, "content": "Ink dries."}
    created = client.post(URL, json=body)
    # Clients remove dot segments when they resolve a reference (RFC 3986).
    found = client.get(urljoin(str(created.url), created.headers["location"]))
    assert found.json()["id"] == id_


@pytest.mark.parametrize("value", ['"3"', 'W/"1"', '"1", "2"', '"*"', "nonsense", ""])
def test_put_accepts_only_a_star_in_if_none_match(
    client: httpx.Client, collection: str, value: str
) -> None:
    params = {"collection": collection}

    def put(if_none_match: str) -> httpx.Response:
        headers = {"if-none-match": if_none_match}
        return client.put(f"{URL}/a", params=params, json={"content": "Ink."}, headers=headers)

    refused = put(value)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"path": ["header", "If-None-Match"], "message": "must be * in a PUT"}
    ]
    assert client.get(f"{URL}/a", params=params).status_code == 404
    assert put("*").status_code == 201
