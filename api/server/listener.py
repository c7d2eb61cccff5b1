"""The socket on which the API listens, and how it accepts connections."""

import asyncio
import socket
from collections.abc import Callable

import structlog
import uvicorn

from shared.config import Settings

log = structlog.get_logger()

ACCEPTED_PER_TURN_MAX = 256
"""This many take about 20 ms."""
PAUSE_SECONDS = 1.0


def bind(settings: Settings) -> socket.socket:
    """Return the bound socket. Ends the process if the address is in use."""
    return uvicorn.Config("", settings.api_host, settings.api_port, log_config=None).bind_socket()


class Acceptor:
    """Accepts the connections of a listening socket.

    uvloop accepts one in each turn of the event loop. If turns are long because of many requests,
    and a client opens a thousand connections, another one would wait for all of them. Here, each
    turn that accepts as many as it may doubles what the next one may accept. A turn that finds
    the queue empty sets it back to one, so several processes with the same socket get about as many
    connections each.
    """

    def __init__(
        self, listening: socket.socket, protocol: Callable[[], asyncio.Protocol], backlog: int
    ) -> None:
        self._listening = listening
        self._protocol = protocol
        self._backlog = backlog
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[object]] = set()
        self._per_turn = 1
        self._again: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._listening.settimeout(0)
        self._listening.listen(self._backlog)
        self._loop.add_reader(self._listening, self._accept_some)

    async def stop(self) -> None:
        """Accept no more connections, and wait until those that are accepted are open."""
        self._loop.remove_reader(self._listening)
        if self._again is not None:
            self._again.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _accept_some(self) -> None:
        for _ in range(self._per_turn):
            try:
                accepted, _address = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                self._per_turn = 1
                return
            except ConnectionError:
                continue  # the client has given up
            except OSError as error:
                self._pause(error)
                return
            self._open(accepted)
        self._per_turn = min(2 * self._per_turn, ACCEPTED_PER_TURN_MAX)

    def _open(self, accepted: socket.socket) -> None:
        accepted.settimeout(0)
        opening = self._loop.create_task(
            self._loop.connect_accepted_socket(self._protocol, accepted)
        )
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    def _pause(self, error: OSError) -> None:
        """Wait before more are accepted. If there is no room for them, others may close."""
        log.error("connections.not_accepted", reason=str(error))
        self._loop.remove_reader(self._listening)
        self._again = self._loop.call_later(PAUSE_SECONDS, self.start)
