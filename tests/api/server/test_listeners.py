"""New clients get their connection, also while turns of the event loop are long."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from unittest.mock import Mock

import pytest
import uvloop
from fastapi import FastAPI

from api.server import listener
from api.server.listener import Acceptor, bind
from api.server.server import build_server
from api.services import Services
from shared.config import Settings


class Accepted(asyncio.Protocol):
    def __init__(self, opened: list[asyncio.BaseTransport]) -> None:
        self._opened = opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._opened.append(transport)


class Listening:
    """A listening socket, an acceptor that is not started, and clients."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.opened: list[asyncio.BaseTransport] = []
        self.socket = stack.enter_context(
            bind(Settings().model_copy(update={"api_port": 0, "api_host": "127.0.0.1"}))
        )
        self.socket.listen(1000)
        self.acceptor = Acceptor(self.socket, lambda: Accepted(self.opened), 1000)

    def connect(self, clients: int = 1) -> None:
        for _ in range(clients):
            self._stack.enter_context(socket.create_connection(self.socket.getsockname(), 10))

    async def turns(self, until: Callable[[], bool]) -> int:
        turns = 0
        while not until():
            await asyncio.sleep(0)
            turns += 1
        return turns


def run(test: Callable[[Listening], Awaitable[None]]) -> None:
    async def running() -> None:
        with ExitStack() as stack:
            listening = Listening(stack)
            failures: list[object] = []
            asyncio.get_running_loop().set_exception_handler(lambda *each: failures.append(each))
            await test(listening)
            await listening.acceptor.stop()
            assert not failures

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(running())


def test_few_turns_accept_many_connections() -> None:
    async def test(listening: Listening) -> None:
        listening.connect(200)
        listening.acceptor.start()
        assert await listening.turns(lambda: len(listening.opened) == 200) <= 20

    run(test)


def test_a_turn_accepts_one_connection_if_others_did_not_wait() -> None:
    """So several processes on one socket get about as many."""

    async def test(listening: Listening) -> None:
        listening.acceptor.start()
        for number in range(1, 4):
            listening.connect()
            await listening.turns(lambda: len(listening.opened) == number)  # noqa: B023
        listening.connect(3)
        await listening.turns(lambda: len(listening.opened) > 3)
        assert len(listening.opened) < 6

    run(test)


def test_accepting_pauses_after_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listener, "PAUSE_SECONDS", 0.01)
    accept = socket.socket.accept
    failures = iter([errno.EMFILE, errno.EPERM, errno.ECONNABORTED])

    def fail_first(self: socket.socket) -> tuple[socket.socket, object]:
        if (number := next(failures, None)) is not None:
            raise OSError(number, "not accepted")
        return accept(self)

    async def test(listening: Listening) -> None:
        monkeypatch.setattr(socket.socket, "accept", fail_first)
        listening.connect(2)
        listening.acceptor.start()
        await listening.turns(lambda: len(listening.opened) == 2)

    run(test)


def test_a_stopped_acceptor_leaves_connections_to_others() -> None:
    async def test(listening: Listening) -> None:
        listening.acceptor.start()
        await listening.acceptor.stop()
        listening.connect()
        for _ in range(10):
            await asyncio.sleep(0)
        assert not listening.opened

    run(test)


def test_a_server_that_stops_closes_connections_that_are_being_opened() -> None:
    async def test(listening: Listening) -> None:
        app = FastAPI()
        app.state.services = Mock(spec=Services)
        server = build_server(app, Settings())
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.lifespan.startup()
        await server.startup([listening.socket])
        listening.connect()
        (acceptor,) = server._acceptors
        await listening.turns(lambda: bool(acceptor._opening))
        await server.shutdown()
        assert not server.server_state.connections

    run(test)
