"""New clients get their connection, also while turns of the event loop are long."""

import asyncio
import socket
from contextlib import ExitStack

import uvloop

from api.server.listener import ACCEPTED_PER_TURN, bind, copies
from shared.config import Settings


async def _turns(clients: int) -> int:
    """Return how many turns of the event loop accept all clients."""
    accepted: list[asyncio.Protocol] = []

    class Accepted(asyncio.Protocol):
        def connection_made(self, _: asyncio.BaseTransport) -> None:
            accepted.append(self)

    loop = asyncio.get_running_loop()
    sockets = copies(bind(Settings().model_copy(update={"api_port": 0})))
    servers = [await loop.create_server(Accepted, sock=each) for each in sockets]
    with ExitStack() as stack:
        for _ in range(clients):
            stack.enter_context(socket.create_connection(sockets[0].getsockname(), 10))
        turns = 0
        while len(accepted) < clients:
            await asyncio.sleep(0)
            turns += 1
    for server in servers:
        server.close()
    return turns


def test_one_turn_accepts_many_connections() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(_turns(4 * ACCEPTED_PER_TURN)) <= 8
