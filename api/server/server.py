"""Runs the application on uvicorn: limits, and a clean stop."""

import asyncio
import gc
import resource
import socket
import time
from functools import partial

import structlog
import uvicorn
from fastapi import FastAPI

from api.server.connections import HELD_BYTES, ConnectionLimits, Connections
from api.server.listener import Acceptor
from api.server.protocol import BoundedHttpProtocol
from shared.config import Settings

log = structlog.get_logger()

GRACE_SECONDS = 5
DRAIN_LOOK_SECONDS = 0.1
COLLECT_AFTER = 10_000
"""New objects before the collector looks for cycles. With Python's 700 to 2,000, a twentieth of the
time of a busy API goes into looking at the objects of running requests."""
OTHER_FILES = 200
"""Open files beside the connections of clients: databases, the model server, logs."""


class Server(uvicorn.Server):
    """A server that accepts connections by itself, and tells its application when it stops."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: FastAPI,
        connections: Connections,
        drain_seconds: float,
        parent: int | None = None,
    ) -> None:
        """`parent` is a pipe that ends with the parent process, if there is one."""
        super().__init__(config)
        self._app = app
        self._connections = connections
        self._drain_seconds = drain_seconds
        self._parent = parent
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        for each in sockets or ():
            acceptor = Acceptor(each, self._protocol, self.config.backlog)
            acceptor.start()
            self._acceptors.append(acceptor)
        if self._parent is not None:
            asyncio.get_running_loop().add_reader(self._parent, self._end_with_parent)

    def _end_with_parent(self) -> None:
        assert self._parent is not None
        asyncio.get_running_loop().remove_reader(self._parent)
        self.should_exit = True

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            _loop=None,
        )
        return protocol

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End event streams, waits and imports, then wait for all requests."""
        await self._drain()
        for acceptor in self._acceptors:
            await acceptor.stop()
        self._app.state.services.stop()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        """Serve on until load balancers know that this server stops. A second Ctrl-C ends it."""
        self._connections.is_draining = True
        self._app.state.services.shutdown.announce()
        end = time.monotonic() + self._drain_seconds
        while time.monotonic() < end and not self.force_exit:  # noqa: ASYNC110 - uvicorn sets a flag
            await asyncio.sleep(DRAIN_LOOK_SECONDS)


def serve(
    app: FastAPI, settings: Settings, listening: socket.socket, parent: int | None = None
) -> None:
    """Serve until the process is asked to stop, or until its parent ends."""
    server = build_server(app, settings, parent)
    # What exists now never becomes garbage, so the collector need not look at it again.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    server.run([listening])


def build_server(app: FastAPI, settings: Settings, parent: int | None = None) -> Server:
    limits = ConnectionLimits(
        connections=_connections(settings.connections_max),
        held_bytes=HELD_BYTES // settings.processes,
    )
    connections = Connections(limits)
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        http=partial(BoundedHttpProtocol, registry=connections),  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config, app, connections, settings.drain_seconds, parent)


def _connections(wanted: int) -> int:
    """Raise the limit of open files. Return how many connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    fitting = wanted if soft == resource.RLIM_INFINITY else min(wanted, soft - OTHER_FILES)
    if fitting < wanted:
        log.warning("server.few_open_files", connections=fitting, open_files=soft)
    return max(1, fitting)
