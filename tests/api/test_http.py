"""What HTTP itself asks of an API: HEAD, Allow, Host, Location, conditions."""

from urllib.parse import urljoin

import httpx
import pytest

from shared.config import Settings
from shared.domain.operations.trusted_hosts import is_foreign

URL = "/v1/documents"


def test_head_is_get_without_its_body(client: httpx.Client, collection: str) -> None:
    place = {"collection": collection}
    client.put(f"{URL}/a", params=place, json={"content": "Ink dries."}).raise_for_status()
    got = client.get(f"{URL}/a", params=place)
    head = client.head(f"{URL}/a", params=place)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert client.head("/livez").headers["content-length"] == "18"
    assert client.head("/").status_code == 200
    assert client.head(f"{URL}/none", params=place).status_code == 404


def test_the_stream_without_an_end_has_no_head(client: httpx.Client) -> None:
    answer = client.head("/v1/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", URL, "GET, HEAD, POST"),
        ("POST", f"{URL}/a", "DELETE, GET, HEAD, PATCH, PUT"),
        ("DELETE", "/v1/search", "GET, HEAD, POST"),
        ("PUT", "/livez", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_all_right_ones(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path, json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
def test_a_name_that_anybody_can_point_here_is_refused(client: httpx.Client, host: str) -> None:
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
def test_an_address_or_a_local_name_is_served(client: httpx.Client, host: str) -> None:
    assert client.get("/livez", headers={"host": host}).status_code == 200


def test_names_can_be_allowed() -> None:
    ours = Settings(allowed_hosts="Search.example.org, ink.example.org").own_hosts
    assert not is_foreign("search.example.org:443", ours)
    assert is_foreign("example.org", ours)
    assert not is_foreign("evil.example", Settings(allowed_hosts="*").own_hosts)


@pytest.mark.parametrize("id_", ["a/../b", "./a", "a/.", "a/b", "../..", "a..b/…"])
def test_a_location_leads_to_its_document(client: httpx.Client, collection: str, id_: str) -> None:
    body = {"id": id_, "collection": collection, "content": "Ink dries."}
    created = client.post(URL, json=body)
    # As clients resolve a reference (RFC 3986): segments of dots are taken out.
    found = client.get(urljoin(str(created.url), created.headers["location"]))
    assert found.json()["id"] == id_


def test_a_put_that_wants_another_version_gone_is_refused(
    client: httpx.Client, collection: str
) -> None:
    answer = client.put(
        f"{URL}/a",
        params={"collection": collection},
        json={"content": "Ink dries."},
        headers={"if-none-match": '"3"'},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == ["header", "If-None-Match"]
