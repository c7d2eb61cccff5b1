"""No request keeps the event loop from serving others for long."""

import json
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial

import pytest

from tests.api.server.conftest import MeasuredApi
from tests.support import loopback

LONGEST = 10.0
"""The limit for one callback, as a multiple of the processor time of FIXED_WORK."""
FIXED_WORK = json.dumps([{"a": number} for number in range(20_000)])
"""Parsing it and a short loop take 6 to 16 ms, and more beside other processes. A body of 8 MB is
bound by the memory and takes up to 6 times as long on a fast processor."""
ATTEMPTS = 8
"""Other processes, and the garbage collector, may delay some of them."""
JSON = "application/json"
NDJSON = "application/x-ndjson"
MEGABYTES = 8 * 1024 * 1024 - 1000


def filtered(value: str) -> str:
    return f'{{"q":"ink","mode":"text","filter":{{"x":{value}}}}}'


def values(value: str, count: int = 0) -> str:
    return "[" + ",".join([value] * (count or MEGABYTES // (len(value) + 1))) + "]"


def fields(names: Iterable[object]) -> str:
    return "{" + ",".join(f'"{name}":1' for name in names) + "}"


def document(metadata: str) -> str:
    return f'{{"content":"x","metadata":{{"x":{metadata}}}}}'


Bodies = Mapping[str, Callable[[], str]]

SEARCHES: Bodies = {
    "in": lambda: filtered(f'{{"in":{values("1")}}}'),
    "in within the limits": lambda: filtered(f'{{"in":{values("1", 1000)}}}'),
    "lists": lambda: filtered(values("[]")),
    "lists within the limits": lambda: filtered(values("[]", 16_000)),
    "objects within the limits": lambda: filtered('{"eq":' + values('{"a":0}', 16_000) + "}"),
    "or": lambda: '{"q":"x","filter":{"or":' + values('{"a":1}') + "}}",
    "or within the limits": lambda: '{"q":"x","filter":{"or":' + values('{"a":1}', 20_000) + "}}",
    "facets": lambda: '{"q":"x","facets":' + values('"a"') + "}",
    "depth": lambda: filtered("[" * (MEGABYTES // 2) + "]" * (MEGABYTES // 2)),
    "depth within the limits": lambda: filtered(values("[" * 190 + "]" * 190, 80)),
    "digits": lambda: filtered("9" * MEGABYTES),
    "long numbers": lambda: filtered(values("9" * 4300)),
    "long numbers within the limits": lambda: filtered(values("9" * 4300, 60)),
    "fraction": lambda: filtered("1." + "9" * MEGABYTES),
    "conditions": lambda: '{"q":"x","filter":' + fields(range(900_000)) + "}",
    "operators": lambda: filtered(fields(range(30_000))),
    "string": lambda: filtered('"' + "x" * MEGABYTES + '"'),
    "escapes": lambda: filtered('"' + "\\u0041" * (MEGABYTES // 6) + '"'),
    "quotes": lambda: filtered('"' + '\\"' * (MEGABYTES // 2) + '"'),
    "backslashes": lambda: filtered('"' + "\\\\" * (MEGABYTES // 2) + '"'),
    "bare quotes": lambda: '"' * MEGABYTES,
    "spaces": lambda: " " * MEGABYTES,
    "long query": lambda: '{"q":"' + "x" * MEGABYTES + '"}',
    "unknown fields": lambda: fields(range(32_000)),
    "long unknown fields": lambda: fields(f"{n}{'x' * 160_000}" for n in range(49)),
}
DOCUMENTS: Bodies = {
    "lists": lambda: document(values("[]")),
    "metadata of the largest size": lambda: document(values("[]", 16_000)),
    "metadata over its size": lambda: document(values("1", 32_000)),
    "content over its size": lambda: '{"content":"' + "x" * MEGABYTES + '"}',
    "escaped content": lambda: '{"content":"' + "\\u0041" * (MEGABYTES // 6) + '"}',
    "wide characters": lambda: '{"content":"' + "x" * (MEGABYTES - 4) + '\U0001f58b"}',
    "content": lambda: '{"content":"' + "The ink dries. " * 65_000 + '"}',
    "id": lambda: '{"content":"x","id":"' + "x" * MEGABYTES + '"}',
    "title": lambda: '{"content":"x","title":"' + "x" * MEGABYTES + '"}',
}
LINES: Bodies = {
    "empty objects": lambda: "{}\n" * 2_000_000,
    "blank lines": lambda: "\n" * 8_000_000,
    "blank lines with spaces": lambda: " \n" * 4_000_000,
    "lists": lambda: (document(values("[]")) + "\n") * 2,
    "unknown fields": lambda: fields(range(700_000)) + "\n",
    "lines within the limits": lambda: (document(values("[]", 16_000)) + "\n") * 50,
    "numbers": lambda: "1\n" * 4_000_000,
    "brackets": lambda: "[" * MEGABYTES,
    "long lines": lambda: ('{"content":"' + "\\u0041" * (MEGABYTES // 6) + '"}\n') * 2,
    "one line": lambda: "x" * 20_000_000,
}
ARRAYS: Bodies = {
    "numbers": lambda: values("1"),
    "lists": lambda: values("[]"),
    "objects": lambda: values("{}"),
    "brackets": lambda: "[" * MEGABYTES,
    "commas": lambda: "[" + "," * MEGABYTES,
    "strings": lambda: values('""'),
    "backslashes": lambda: '["' + "\\" * MEGABYTES,
}


GROUPS = {
    "searches": (SEARCHES, "POST", "/v1/search", JSON),
    "documents": (DOCUMENTS, "PUT", "/v1/documents/a", JSON),
    "patches": (DOCUMENTS, "PATCH", "/v1/documents/a", JSON),
    "webhooks": (SEARCHES, "PUT", "/v1/webhooks/x", JSON),
    "lines": (LINES, "POST", "/v1/documents/bulk", NDJSON),
    "arrays": (ARRAYS, "POST", "/v1/documents/bulk", JSON),
}
READS = (
    "/v1/documents?collection=large&limit=200",
    "/v1/documents/0?collection=large",
    "/v1/search?q=ink&mode=text&collection=large&limit=100",
    f"/v1/search?q=ink&mode=text&filter={'[' * 19_000}",
    f"/v1/search?{'&'.join(f'a{n}' for n in range(9000))}",
    "/v1/search?q=ink&mode=text&" + "&" * 50_000,
    "/v1/documents?ids=" + "a," * 20_000,
    "/v1/search?q=ink&mode=text&facets=" + "a," * 20_000,
    "/metrics",
    "/v1/stats",
    "/openapi.json",
)


@pytest.mark.parametrize("name", GROUPS)
def test_no_body_keeps_the_event_loop_from_others(measured_api: MeasuredApi, name: str) -> None:
    cases, method, path, media_type = GROUPS[name]
    with loopback.client(measured_api.url, 60) as client:

        def send(body: bytes) -> None:
            answer = client.request(
                method, path, content=body, headers={"content-type": media_type}
            )
            assert answer.status_code < 500, answer.text

        send(b"{}")
        delays = {
            case: _shortest_delay(measured_api, partial(send, make().encode()))
            for case, make in cases.items()
        }
    assert _too_long(delays) == {}


def test_no_answer_keeps_the_event_loop_from_others(measured_api: MeasuredApi) -> None:
    with loopback.client(measured_api.url, 60) as client:
        for n in range(8):
            body = {"content": "Ink dries. " * 90_000, "metadata": {"x": [[]] * 16_000}}
            url = f"/v1/documents/{n}?collection=large"
            client.put(url, json=body).raise_for_status()
        delays = {
            path[:60]: _shortest_delay(measured_api, partial(client.get, path)) for path in READS
        }
    assert _too_long(delays) == {}


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /v1/search HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 300_000,
        b"GET /livez HTTP/1.1\r\n\r\n" * 50_000,
        b"GET /livez HTTP/1.1\r\n" + b"a:\r\n" * 300_000,
        b"\r\n" * 1_000_000,
    ],
    ids=["tiny chunks", "pipelined", "header fields", "line breaks"],
)
def test_no_stream_of_bytes_keeps_the_event_loop_from_others(
    measured_api: MeasuredApi, sent: bytes
) -> None:
    def send() -> None:
        address = ("127.0.0.1", measured_api.port)
        # The server refuses all of these at some point.
        with socket.create_connection(address, 10) as connection, suppress(ConnectionError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass

    assert _shortest_delay(measured_api, send) < LONGEST


def _shortest_delay(api: MeasuredApi, send: Callable[[], object]) -> float:
    """Return the longest delay of a request, as a multiple of FIXED_WORK: the best of attempts."""
    delays = []
    for _ in range(ATTEMPTS):
        api.delay.reset()
        send()
        delays.append(api.delay.seconds / _fixed_work_seconds())
        if delays[-1] < LONGEST:
            break
    return min(delays)


def _fixed_work_seconds() -> float:
    started = time.thread_time()
    json.loads(FIXED_WORK)
    sum(number for number in range(100_000))
    return time.thread_time() - started


def _too_long(delays: Mapping[str, float]) -> dict[str, float]:
    return {case: delay for case, delay in delays.items() if delay >= LONGEST}
