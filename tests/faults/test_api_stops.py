"""An API that is asked to stop ends its long requests with an answer."""

import json
import socket
from urllib.parse import urlsplit

from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.system import System
from tests.support.system_fixtures import StartSystem

LINES = b'{"id": "imported", "content": "Ink dries."}\n{"id": "no content"}\n'
HOST = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
IMPORT = (
    b"POST /v1/documents/bulk" + HOST + b"Content-Type: application/x-ndjson\r\n"
    b"Content-Length: 1000000\r\n\r\n" + LINES
)

WRITE = (
    b"PUT /v1/documents/half" + HOST + b"Content-Type: application/json\r\n"
    b'Content-Length: 1000000\r\n\r\n{"content": "'
)


def test_streams_waits_and_imports_end_with_an_answer(
    start_system: StartSystem, proxy: Proxy
) -> None:
    system = start_system(env={"INKDEX_BULK_BATCH_DOCUMENTS": "1"})
    proxy.refuse()
    system.put("waits", "Ink dries.")
    wait = _sent(system, b"GET /v1/documents/waits?wait=30" + HOST + b"\r\n")
    stream = _sent(system, b"GET /v1/events" + HOST + b"\r\n")
    importing, writing = _sent(system, IMPORT), _sent(system, WRITE)
    eventually(
        lambda: system.client().get("/v1/documents/imported").status_code == 200,
        "the first line is stored",
        20,
        system.apis[0].log,
    )
    assert system.apis[0].terminate() < 4
    assert json.loads(_body(wait))["status"] == "pending"
    events = _body(stream)
    assert b"retry: " in events
    assert events.endswith(b"0\r\n\r\n")
    assert json.loads(_body(writing))["type"] == "urn:inkdex:shutting-down"
    problem = json.loads(_body(importing))
    assert (problem["status"], problem["type"]) == (503, "urn:inkdex:shutting-down")
    done = problem["import"]
    assert (done["accepted"], done["rejected_count"], done["line"]) == (1, 1, 2)


def _sent(system: System, request: bytes) -> socket.socket:
    url = urlsplit(str(system.client().base_url))
    connection = socket.create_connection((url.hostname, url.port), 30)
    connection.sendall(request)
    return connection


def _body(connection: socket.socket) -> bytes:
    """Return the body of the answer, once the server has closed the connection."""
    with connection, connection.makefile("rb") as answer:
        return answer.read().partition(b"\r\n\r\n")[2]
