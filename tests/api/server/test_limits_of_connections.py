"""The limits of the server's protocol, on real sockets and a small application."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from api.server.connections import ConnectionLimits, Connections
from api.server.protocol import BoundedHttpProtocol

pytestmark = pytest.mark.anyio

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n"
UPLOAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
CHUNKED = UPLOAD.replace(b"Content-Length: 1000", b"Transfer-Encoding: chunked")
QUICK = ConnectionLimits(
    connections=5, header_seconds=1.0, stall_seconds=1.0, header_bytes=2000, header_fields=10
)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def application(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
    """Read the body, then answer with as many bytes as the path asks for.

    `/early` is answered before the body is read, `/slow` after half a minute.
    """
    early, slow = (scope["path"] == each for each in ("/early", "/slow"))
    if slow:
        await asyncio.sleep(30)
    while not early and (await receive()).get("more_body"):
        pass
    body = b"{}" if early else b"x" * int(scope["path"].strip("/") or 2)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Server:
    """Opens connections to the server under test."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: list[asyncio.StreamWriter] = []

    async def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def connect(self, sent: bytes = b"") -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.append(writer)
        writer.write(sent)
        with suppress(ConnectionError):  # the server may close at once
            await writer.drain()
        return reader, writer

    async def answer(self, sent: bytes) -> bytes:
        """Return all that the server sends until it closes the connection."""
        reader, _ = await self.connect(sent)
        async with asyncio.timeout(20):
            return await reader.read()


@asynccontextmanager
async def serving(limits: ConnectionLimits = QUICK) -> AsyncIterator[Server]:
    loop = asyncio.get_running_loop()
    registry = Connections(limits)
    config = uvicorn.Config(application, ws="none", log_config=None, access_log=False)
    config.load()
    state = ServerState()

    def protocol() -> BoundedHttpProtocol:
        return BoundedHttpProtocol(
            registry=registry, config=config, server_state=state, app_state={}, _loop=loop
        )

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    async with server:
        clients = Server(server.sockets[0].getsockname()[1])
        try:
            yield clients
        finally:
            await clients.close()


def status(answer: bytes) -> int:
    return int(answer.split()[1]) if answer else 0


async def test_requests_on_one_connection_are_answered_also_when_pipelined() -> None:
    async with serving() as server:
        answer = await server.answer(
            2 * (REQUEST + b"\r\n") + REQUEST + b"Connection: close\r\n\r\n"
        )
    assert answer.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize(
    "header",
    [
        REQUEST + b"X-Long: " + b"x" * 5000,
        b"GET /" + b"x" * 5000,
        b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        REQUEST + b"".join(b"X-%d: 1\r\n" % n for n in range(50)) + b"\r\n",
    ],
    ids=["value", "path", "whole path", "fields"],
)
async def test_a_long_header_is_refused_with_a_problem(header: bytes) -> None:
    async with serving() as server:
        head, _, body = (await server.answer(header)).partition(b"\r\n\r\n")
    assert status(head) == 431
    assert json.loads(body)["type"] == "urn:inkdex:header-too-large"


@pytest.mark.parametrize(
    "sent",
    [CHUNKED + b"0\r\nX-Trailer: " + b"x" * 5000, CHUNKED + b"1;" + b"x" * 5000],
    ids=["trailer", "extension"],
)
async def test_what_is_neither_header_nor_body_is_limited_too(sent: bytes) -> None:
    async with serving() as server:
        assert status(await server.answer(sent)) == 431


async def test_a_request_that_is_not_http_is_refused_with_a_problem() -> None:
    async with serving() as server:
        head, _, body = (await server.answer(b"\x16\x03\x01\r\n\r\n")).partition(b"\r\n\r\n")
    assert status(head) == 400
    assert json.loads(body)["type"] == "urn:inkdex:bad-request"


async def test_too_many_pipelined_requests_end_the_connection() -> None:
    async with serving() as server:
        reader, _ = await server.connect((REQUEST + b"\r\n") * 1000)
        answers = b""
        with suppress(ConnectionError):
            async with asyncio.timeout(20):
                answers = await reader.read()
    assert answers.count(b"HTTP/1.1 200") <= QUICK.pipelined_requests


async def test_an_early_answer_reaches_a_client_that_still_sends() -> None:
    """A connection that is closed too soon is reset, and the answer is lost."""
    head = (
        b"POST /early HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9000000\r\n\r\n"
    )
    async with serving() as server:
        assert (await server.answer(head + b"x" * 9_000_000)).endswith(b"\r\n\r\n{}")
        reader, _ = await server.connect(head + b"x" * 1_000_000)
        async with asyncio.timeout(20):
            assert (await reader.read()).endswith(b"\r\n\r\n{}")


async def test_a_connection_goes_on_after_an_early_answer() -> None:
    head = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
    last = REQUEST + b"Connection: close\r\n\r\n"
    async with serving() as server:
        answer = await server.answer(head + b"x" * 1_000_000 + last)
    assert answer.count(b"HTTP/1.1 200") == 2


async def test_an_upgrade_is_answered_as_a_plain_request() -> None:
    upgrade = REQUEST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with serving() as server:
        assert status(await server.answer(upgrade + b"x" * 100)) == 200


async def test_bodies_that_nobody_reads_are_limited_in_total() -> None:
    limits = ConnectionLimits(connections=50, held_bytes=500_000)
    head = b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
    async with serving(limits) as server:
        opened = [await server.connect(head) for _ in range(20)]
        for _, writer in opened:
            writer.write(b"x" * 150_000)
        reads = [asyncio.create_task(reader.read()) for reader, _ in opened]
        async with asyncio.timeout(20):
            await asyncio.wait(reads, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(reads, timeout=0.5)
        refused = [read for read in reads if read.done()]
        assert {status(read.result()) for read in refused} == {503}
        assert 10 <= len(refused) < 20
        assert status(await server.answer(REQUEST + b"Connection: close\r\n\r\n")) == 200
        for read in reads:
            read.cancel()


async def test_answers_that_nobody_reads_are_limited_in_total() -> None:
    limits = ConnectionLimits(connections=50, held_bytes=50_000_000)
    async with serving(limits) as server:
        opened = [
            await server.connect(b"GET /20000000 HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(5)
        ]
        sizes = []
        for reader, _ in opened:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                async with asyncio.timeout(20):
                    await reader.readexactly(20_000_000)
                    sizes.append(20_000_000)
    assert 1 <= len(sizes) < 5


async def test_a_slow_reader_gets_its_whole_answer() -> None:
    limits = ConnectionLimits(stall_seconds=1.0, bytes_per_second=500_000)
    async with serving(limits) as server:
        reader, writer = await server.connect(
            b"GET /8000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        received = 0
        while piece := await reader.read(200_000):
            received += len(piece)
            await asyncio.sleep(0.1)
        writer.close()
    assert received > 8_000_000


@pytest.mark.parametrize(
    "sent", [REQUEST, UPLOAD, UPLOAD + b"x" * 999], ids=["header", "body", "rest"]
)
async def test_a_request_that_does_not_go_on_is_given_up(sent: bytes) -> None:
    async with serving() as server:
        assert status(await server.answer(sent)) == 408


async def test_a_connection_that_never_sends_is_closed_without_an_answer() -> None:
    async with serving() as server:
        assert await server.answer(b"") == b""


async def test_a_body_that_trickles_is_given_up() -> None:
    limits = ConnectionLimits(stall_seconds=1.0, bytes_per_second=1_000_000)
    async with serving(limits) as server:
        reader, writer = await server.connect(UPLOAD)
        answered = asyncio.create_task(reader.read())
        for _ in range(100):
            if answered.done():
                break
            writer.write(b"x")
            await asyncio.wait({answered}, timeout=0.2)
        assert status(await answered) == 408


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    async with serving() as server:
        reader, writer = await server.connect(b"GET /50000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(4)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(50_000_000)


@pytest.mark.parametrize("sent", [b"", REQUEST, UPLOAD], ids=["idle", "header", "body"])
async def test_a_new_client_is_served_however_many_connections_wait(sent: bytes) -> None:
    limits = ConnectionLimits(connections=5, header_seconds=60, stall_seconds=60)
    async with serving(limits) as server:
        for _ in range(20):
            await server.connect(sent)
        answer = await server.answer(REQUEST + b"Connection: close\r\n\r\n")
    assert status(answer) == 200


async def test_the_connection_that_waits_longest_makes_room() -> None:
    limits = ConnectionLimits(connections=3, header_seconds=60, stall_seconds=60)
    async with serving(limits) as server:
        first, *others = [await server.connect(REQUEST) for _ in range(4)]
        for _, writer in others:
            writer.write(b"Connection: close\r\n\r\n")
        answers = [await reader.read() for reader, _ in others]
        with suppress(ConnectionError):
            assert await first[0].read() == b""
    assert [status(each) for each in answers] == [200, 200, 200]


async def test_a_connection_whose_answer_came_before_its_body_still_has_a_deadline() -> None:
    async with serving() as server:
        reader, writer = await server.connect(
            b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
        )
        await reader.readuntil(b"{}")
        writer.write(b"x" * 1000)
        async with asyncio.timeout(20):
            await reader.read()


@pytest.mark.parametrize(
    "sent",
    [
        CHUNKED + b"0\r\nX: " + b"x" * 5000,
        b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /" + b"x" * 5000,
        (REQUEST + b"\r\n") * 100,
    ],
    ids=["trailer", "next path", "pipeline"],
)
async def test_what_follows_a_request_is_limited_too(sent: bytes) -> None:
    async with serving() as server:
        reader, _ = await server.connect(sent)
        with suppress(ConnectionError):
            async with asyncio.timeout(20):
                assert (await reader.read()).count(b"HTTP/1.1 200") < 20
