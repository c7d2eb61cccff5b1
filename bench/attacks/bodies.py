"""Requests that cost a careless server far more than they cost the client."""

import http.client
import json
import random
from collections.abc import Callable
from urllib.parse import urlencode

JSON = {"content-type": "application/json"}
LINES = {"content-type": "application/x-ndjson"}
COLLECTION = "collection=hostile"
QUERY_CHARACTERS = 10_000
WORDS = ("river", "stone", "paper", "ink", "window", "garden", "letter", "morning", "history")
QUADRATIC = ("a_", "1_", "~/~/", "./", "a-a_a", "<!--", "a\u0323\u0301", "deadbeef_", "1e", "a@b.")
"""Repeated, each costs PostgreSQL's text parser, or Unicode normalization, quadratic time."""

Send = Callable[[int], int]


def request(
    port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> int:
    """Send one request on a new connection. Return its status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def repeated(pattern: str, characters: int) -> str:
    return (pattern * (characters // len(pattern) + 1))[:characters]


def queries() -> list[Send]:
    """Return searches for the longest query, made of one pattern each."""

    def search(pattern: str) -> Send:
        parameters = urlencode({"q": repeated(pattern, QUERY_CHARACTERS), "mode": "text"})
        return lambda port: request(port, "GET", f"/v1/search?{parameters}&{COLLECTION}")

    return [search(pattern) for pattern in QUADRATIC]


def texts() -> list[Send]:
    """Return documents of 100 KB, made of one pattern each."""

    def write(number: int, pattern: str) -> Send:
        body = json.dumps({"content": repeated(pattern, 100_000)}).encode()
        path = f"/v1/documents/pattern-{number}?{COLLECTION}"
        return lambda port: request(port, "PUT", path, body, JSON)

    return [write(number, pattern) for number, pattern in enumerate(QUADRATIC)]


def large_bodies() -> list[Send]:
    """Return bodies of 8 MB whose JSON has millions of values."""

    def search(value: str) -> str:
        return '{"q": "ink", "mode": "text", "filter": {"x": ' + value + "}}"

    lists = "[" + ",".join(["[]"] * 2_600_000) + "]"
    bodies = {
        "/v1/search": [
            search('{"in": [' + ",".join(["1"] * 4_000_000) + "]}"),
            search(lists),
            search('{"in": [' + ",".join(['{"a":0}'] * 1_000_000) + "]}"),
            search("9" * 8_000_000),
        ],
        "/v1/documents": [
            '{"content": "x", "metadata": {"x": ' + lists + "}}",
            "{" + ",".join(f'"{n:x}":0' for n in range(700_000)) + "}",
        ],
    }
    return [_post(path, body.encode(), JSON) for path, each in bodies.items() for body in each]


def bulk_lines() -> list[Send]:
    """Return imports of millions of lines, none of them a document."""
    wide = '{"content":"x","metadata":{"x":[' + ",".join(["[]"] * 2_600_000) + "]}}\n"
    path = f"/v1/documents/bulk?{COLLECTION}"
    bodies = (b"{}\n" * 3_000_000, b"\n" * 20_000_000, wide.encode() * 2)
    return [_post(path, body, LINES) for body in bodies]


def large_documents() -> list[Send]:
    """Return documents of 400 KB, each with a text of its own."""

    def write(number: int) -> Send:
        words = random.Random(number)  # noqa: S311 - a repeatable text
        content = " ".join(f"{words.choice(WORDS)}{words.randrange(1000)}" for _ in range(45_000))
        body = json.dumps({"content": content}).encode()
        path = f"/v1/documents/large-{number}?{COLLECTION}"
        return lambda port: request(port, "PUT", path, body, JSON)

    return [write(number) for number in range(6)]


def _post(path: str, body: bytes, headers: dict[str, str]) -> Send:
    return lambda port: request(port, "POST", path, body, headers)
