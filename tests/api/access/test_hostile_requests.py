"""Requests that try to pass the door by their form."""

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from shared.domain.access import patterns
from shared.domain.access.keys import new_key
from shared.domain.access.tokens import TOKEN_MAX_CHARACTERS, make_token
from tests.api.access.conftest import ADMIN_KEY, Apis
from tests.api.access.test_keys import kind

Connect = Callable[..., httpx.Client]
MakeKey = Callable[..., dict[str, Any]]
HIDDEN = b'"items"'
"""In the answer to a list, and in no refusal."""


def raw(url: str, *lines: str) -> bytes:
    """Send a request as it is, and return the beginning of the answer."""
    host = urlsplit(url)
    with socket.create_connection((host.hostname or "", host.port or 0), timeout=10) as connection:
        head = "\r\n".join([*lines, f"Host: {host.netloc}", "Connection: close", "", ""])
        connection.sendall(head.encode("latin-1"))
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


@pytest.mark.parametrize(
    "target",
    [
        "/console/../v1/keys",
        "/console/%2e%2e/v1/keys",
        "/docs/../v1/keys",
        "/docs/%2e%2e%2fv1/keys",
        "/static-offline-docs/..%2f..%2fv1/keys",
        "//v1/keys",
        "/./v1/keys",
        "/v1/keys/",
        "/v1/keys?/docs/",
        "/v1/keys;/docs/",
        "/v1/keys#/docs/",
        "/V1/keys",
        "/v1%2fkeys",
        "/%76%31/keys",
        "/livez/../v1/keys",
        "/livez/v1/keys",
        "http://127.0.0.1/v1/keys",
        "http://127.0.0.1/docs/../v1/keys",
        "*",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "TRACE"])
def test_no_form_of_a_path_passes_the_door(apis: Apis, method: str, target: str) -> None:
    answer = raw(apis.urls[0], f"{method} {target} HTTP/1.1")
    status = int(answer.split(b" ", 2)[1])
    assert status in {307, 400, 401, 403, 404, 405, 421}, answer[:300]
    assert HIDDEN not in answer


@pytest.mark.parametrize(
    "header",
    [
        "X-Original-URL: /livez",
        "X-Rewrite-URL: /livez",
        "X-HTTP-Method-Override: OPTIONS",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Prefix: /docs/",
        "Forwarded: for=127.0.0.1",
        "Cookie: key=none; principal=operator",
        "Proxy-Authorization: Bearer none",
        "Authorization: Basic b3BlcmF0b3I6",
        "Authorization: Bearer",
        "Authorization: Bearer ",
        "Authorization: bearer\tnone",
        "Authorization: Bearer \xff\xfe\xfd",
        "Authorization: Bearer ink_000000000000_" + "0" * 49,
        "Upgrade: websocket",
    ],
)
def test_no_header_passes_the_door(apis: Apis, header: str) -> None:
    answer = raw(apis.urls[0], "GET /v1/keys HTTP/1.1", header)
    assert answer.startswith(b"HTTP/1.1 401"), answer[:300]
    assert b"www-authenticate: bearer" in answer.lower()


def test_of_two_keys_in_one_request_none_counts(apis: Apis, make_key: MakeKey) -> None:
    weak, strong = make_key("search")["key"], ADMIN_KEY
    for first, second in ((weak, strong), (strong, weak), (strong, strong)):
        answer = raw(
            apis.urls[0],
            "GET /v1/keys HTTP/1.1",
            f"Authorization: Bearer {first}",
            f"Authorization: Bearer {second}",
        )
        assert answer.startswith(b"HTTP/1.1 401"), answer[:200]


@pytest.mark.parametrize("length", [100, TOKEN_MAX_CHARACTERS, 40_000])
@pytest.mark.parametrize("prefix", ["ink_", "inkt_", "inkt_eyJ"])
def test_long_secrets_are_refused(connect: Connect, prefix: str, length: int) -> None:
    answer = connect(prefix + "a" * length).get("/v1/whoami")
    assert answer.status_code in {401, 431}


def test_a_token_with_deep_or_huge_contents_is_refused_before_they_are_read(
    connect: Connect,
) -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"not": deep}
    for filter_ in (deep, {"in": list(range(1000))}):
        answer = connect(make_token(new_key().text, ["*"], filter_)).get("/v1/whoami")
        assert kind(answer) == (401, "token-invalid")


def test_a_key_of_patterns_does_not_reach_other_collections(
    connect: Connect, make_key: MakeKey
) -> None:
    client = connect(make_key("*", collections=("a*", "*b", "*a*b*"))["key"])
    assert kind(client.post("/v1/documents/retry?status=failed")) == (403, "forbidden")
    for name in ("**", "* ", " *", "%", "_", ".*", "[a-z]*"):
        answer = client.get("/v1/documents", params={"collection": name})
        assert kind(answer) == (403, "forbidden"), name


@pytest.mark.parametrize("pattern", ["h_b", "h%b", "h\\b", "h_*", "*%b", "h.b", "h[x]b", "h'b"])
def test_all_collections_are_those_of_the_patterns_as_they_are_written(
    connect: Connect, make_key: MakeKey, admin: httpx.Client, pattern: str
) -> None:
    others = {"hxb", "hxxb", "hb", "HXB", "h__x"} - {pattern}
    for name in {pattern.replace("*", ""), *others}:
        where, body = {"collection": name}, {"content": "A hostile letter about ink."}
        admin.put("/v1/documents/one", params=where, json=body).raise_for_status()
    client = connect(make_key("search", collections=(pattern,))["key"])
    query: dict[str, Any] = {"q": "hostile", "collection": "*", "mode": "text", "limit": 100}
    hits = client.post("/v1/search", json=query).json()["hits"]
    found = {each["document"]["collection"] for each in hits}
    assert found
    assert all(patterns.matches(pattern, name) for name in found)


def test_the_public_paths_are_the_same_for_everybody(connect: Connect, make_key: MakeKey) -> None:
    for path in ("/livez", "/openapi.json", "/docs", "/"):
        answers = [connect(key).get(path) for key in (None, "wrong", make_key("search")["key"])]
        assert {each.status_code for each in answers} == {200}, path
        assert len({each.text for each in answers}) == 1, path
