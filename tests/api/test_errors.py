"""Every error is a problem (RFC 9457) that names what is wrong."""

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest

URL = "/v1/documents"
MIB = 1024 * 1024


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) >= {"type", "title", "status", "detail"}
    assert body["status"] == status
    return body


def post(client: httpx.Client, raw: bytes, media_type: str = "application/json") -> httpx.Response:
    return client.post(URL, content=raw, headers={"content-type": media_type})


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b'{"content": ""}', ["content"]),
        (b'{"content": " \\n\\t "}', ["content"]),
        (b'{"content": null}', ["content"]),
        (b'{"content": 5}', ["content"]),
        (b"{}", ["content"]),
        (b'{"content": "x", "metadata": []}', ["metadata"]),
        (b'{"content": "x", "metadata": null}', ["metadata"]),
        (b'{"content": "a\\u0000b"}', ["content"]),
        (b'{"content": "x", "title": "\\u0000"}', ["title"]),
        (b'{"content": "x", "metadata": {"a": {"b": "\\u0000"}}}', ["metadata", "a", "b"]),
        (b'{"content": "x", "metadata": {"\\u0000": 1}}', ["metadata"]),
        (b'{"content": "x", "id": ""}', ["id"]),
        (b'{"content": "x", "id": ".."}', ["id"]),
        (b'{"content": "x", "id": 7}', ["id"]),
        (b'{"content": "x", "id": "' + b"i" * 256 + b'"}', ["id"]),
        (b'{"content": "x", "id": "a\\u0000"}', ["id"]),
        (b'{"content": "x", "collection": ""}', ["collection"]),
        (b'{"content": "x", "contnet": "y"}', ["contnet"]),
        (b'{"content": "x", "metadata": {"a": 1e400}}', ["metadata", "a"]),
    ],
)
def test_invalid_document_names_the_field(
    client: httpx.Client, raw: bytes, path: list[str]
) -> None:
    problem = assert_problem(post(client, raw), 422)
    assert [error["path"] for error in problem["errors"]] == [path]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"content": "\\ud800"}',
        b'{"content": "\xff\xfe"}',
        b'{"content": "x", "metadata": {"a": NaN}}',
        b'{"content": "x", "metadata": {"a": Infinity}}',
        b'{"content": "x", "metadata": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b'{"content": "x", "metadata": {"a": ' + b"9" * 5000 + b"}}",
        b'{"content": "x"',
        b"",
        b"[]",
        b"null",
        b'"x"',
    ],
)
def test_unreadable_body_is_a_422(client: httpx.Client, raw: bytes) -> None:
    assert_problem(post(client, raw), 422)


def test_any_json_number_is_kept(client: httpx.Client, collection: str) -> None:
    metadata = {"big": 10**300, "small": -1.5e-300, "zero": 0, "deep": [[[{"a": [None, True]}]]]}
    body = {"collection": collection, "content": "x", "metadata": metadata}
    created = client.post(URL, json=body)
    assert created.status_code == 201
    assert client.get(created.headers["location"]).json()["metadata"] == metadata


def test_document_over_a_size_limit_is_a_413(client: httpx.Client, collection: str) -> None:
    def write(content: str, **metadata: str) -> httpx.Response:
        body = {"collection": collection, "content": content, "metadata": metadata}
        return client.post(URL, json=body)

    assert write("x" * MIB).status_code == 201
    assert write("🙂" * (MIB // 4)).status_code == 201
    assert write(" ".join(f"w{n}" for n in range(150_000))[:MIB]).status_code == 201
    assert_problem(write("x" * (MIB + 1)), 413)
    assert_problem(write("🙂" * (MIB // 4) + "x"), 413)
    assert_problem(write("x", a="m" * 65_536), 413)
    assert_problem(write("x" * 9 * MIB), 413)
    for item in client.get(URL, params={"collection": collection}).json()["items"]:
        client.delete(f"{URL}/{item['id']}", params={"collection": collection})


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_unsupported_content_type_is_a_415(client: httpx.Client, media_type: str) -> None:
    assert_problem(post(client, b'{"content": "x"}', media_type), 415)
    answer = client.post(f"{URL}/bulk", content=b"{}", headers={"content-type": media_type})
    assert_problem(answer, 415)


def test_body_that_contradicts_the_url_is_a_422(client: httpx.Client) -> None:
    for field, body in (
        ("id", {"id": "b", "content": "x"}),
        ("collection", {"collection": "b", "content": "x"}),
    ):
        message = f"contradicts the {field} of the URL; leave one of them out"
        for method in ("PUT", "PATCH"):
            answer = client.request(method, f"{URL}/a", params={"collection": "a"}, json=body)
            problem = assert_problem(answer, 422)
            assert problem["errors"] == [{"path": [field], "message": message}]
    agreeing = {"id": "a", "collection": "agrees", "content": "x"}
    answer = client.put(f"{URL}/a", params={"collection": "agrees"}, json=agreeing)
    assert answer.status_code in {200, 201}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "t"}),
        ("DELETE", "", None),
        ("POST", "/retry", None),
    ],
)
def test_missing_document_is_a_404_that_names_it(
    client: httpx.Client, collection: str, method: str, path: str, body: dict[str, str] | None
) -> None:
    params = {"collection": collection}
    answer = client.request(method, f"{URL}/absent{path}", params=params, json=body)
    problem = assert_problem(answer, 404)
    assert problem["type"] == "urn:inkdex:document-not-found"
    assert problem["detail"] == f"There is no document 'absent' in the collection '{collection}'."


@pytest.mark.parametrize("character", ["i", "ü", "🙂", "\u0001", "'"])
def test_long_names_are_shortened_in_a_404(client: httpx.Client, character: str) -> None:
    id_, collection = character * 255, character * 254
    answer = client.get(f"{URL}/{quote(id_)}", params={"collection": collection})
    detail = assert_problem(answer, 404)["detail"]
    assert detail.startswith("There is no document ")
    assert len(detail) <= 500
    if character.isprintable():
        shown = repr(f"{character * 100}…")
        assert detail == f"There is no document {shown} in the collection {shown}."


def test_conflict_names_document_and_collection(client: httpx.Client, collection: str) -> None:
    body = {"id": "taken", "collection": collection, "content": "x"}
    client.post(URL, json=body).raise_for_status()
    problem = assert_problem(client.post(URL, json=body), 409)
    assert problem["detail"].startswith(
        f"The collection '{collection}' already has a document 'taken'."
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/documents/%00"),
        ("GET", "/v1/documents/a?collection=%00"),
        ("GET", "/v1/documents?limit=0"),
        ("GET", "/v1/documents?limit=201"),
        ("GET", "/v1/documents?status=nonsense"),
        ("GET", "/v1/documents/a?wait=31"),
        ("GET", "/v1/documents/a?wait=nan"),
        ("GET", "/v1/search"),
        ("GET", "/v1/search?q=%00"),
        ("GET", "/v1/search?q=%20"),
        ("GET", "/v1/search?q=a&mode=psychic"),
        ("GET", "/v1/search?q=a&limit=101"),
        ("GET", "/v1/search?q=a&filter=%7B"),
        ("GET", "/v1/search?q=a&filter=[]"),
        ("GET", "/v1/search?q=a&filter=%7B%22a%22:NaN%7D"),
        ("POST", "/v1/documents/retry"),
    ],
)
def test_invalid_parameter_is_a_422(client: httpx.Client, method: str, path: str) -> None:
    assert_problem(client.request(method, path), 422)


def test_other_http_errors_are_problems_too(client: httpx.Client) -> None:
    assert_problem(client.get("/v1/documents/none"), 404)
    assert_problem(client.get("/nowhere"), 404)
    assert_problem(client.delete("/v1/search"), 405)
    answer = client.get("/v1/events", headers={"last-event-id": "nonsense"})
    assert_problem(answer, 422)


def test_bulk_json_must_be_an_array(client: httpx.Client) -> None:
    headers = {"content-type": "application/json"}
    for raw in (b"", b"{}", b"null", b'"["'):
        answer = client.post(f"{URL}/bulk", content=raw, headers=headers)
        assert_problem(answer, 422)
    empty = client.post(f"{URL}/bulk", content=b"[]", headers=headers)
    assert json.loads(empty.content)["accepted"] == 0
