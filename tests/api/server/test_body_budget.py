"""The memory for large bodies, on the API itself."""

import socket

from shared.config import Settings
from tests.api.server.conftest import MeasuredApi
from tests.support import loopback
from tests.support.processes import eventually

BODY_BYTES = 8_000_000
HEAD = (
    b"PUT /v1/documents/large HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % BODY_BYTES
)


def test_large_bodies_beyond_the_budget_are_asked_to_come_again(
    measured_api: MeasuredApi, settings: Settings
) -> None:
    fitting = settings.body_buffers_max_bytes // BODY_BYTES
    stalled = [_stalled(measured_api.port) for _ in range(fitting + 1)]
    eventually(lambda: any(map(_answered, stalled)), "a body is refused")
    with loopback.client(measured_api.url) as client:
        small = client.put("/v1/documents/small", json={"content": "Ink."})
    assert small.status_code == 201
    answers = [each.recv(10_000) for each in stalled if _answered(each)]
    assert [answer.split()[1] for answer in answers] == [b"429"]
    assert b"retry-after" in answers[0]
    for each in stalled:
        each.close()


def _stalled(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 10)
    connection.sendall(HEAD + b'{"content": "' + b"x" * (BODY_BYTES - 1000))
    return connection


def _answered(connection: socket.socket) -> bool:
    connection.setblocking(False)  # noqa: FBT003 - as the standard library names it
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
