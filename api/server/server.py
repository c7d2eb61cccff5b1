"""Runs the application on uvicorn: limits, and a clean stop."""

import gc
import resource
import socket
from functools import partial

import structlog
import uvicorn
from fastapi import FastAPI

from api.server.connections import ConnectionLimits, Connections
from api.server.protocol import BoundedHttpProtocol
from shared.config import Settings

log = structlog.get_logger()

GRACE_SECONDS = 5
ACCEPTED_PER_TURN = 16
OTHER_FILES = 200
"""Open files beside the connections of clients: databases, the model server, logs."""


class Server(uvicorn.Server):
    """A server that tells its application when it begins to stop."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End event streams, waits and imports, then wait for all requests."""
        self._app.state.services.stop()
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until the process is asked to stop."""
    server = build_server(app, settings)
    # What exists now never becomes garbage, so the collector need not look at it again.
    gc.freeze()
    server.run(listeners(server.config))


def build_server(app: FastAPI, settings: Settings) -> Server:
    registry = Connections(ConnectionLimits(connections=_connections(settings.connections_max)))
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        http=partial(BoundedHttpProtocol, registry=registry),  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config, app)


def listeners(config: uvicorn.Config) -> list[socket.socket]:
    """Return one listening socket, several times. uvloop accepts one connection of each per turn.

    If turns are long because of many requests, new clients would wait for their connection.
    """
    listener = config.bind_socket()
    return [listener, *(listener.dup() for _ in range(ACCEPTED_PER_TURN - 1))]


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
