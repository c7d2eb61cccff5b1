"""The socket on which the API listens."""

import socket

import uvicorn

from shared.config import Settings

ACCEPTED_PER_TURN = 16


def bind(settings: Settings) -> socket.socket:
    """Return the bound socket. Ends the process if the address is in use."""
    return uvicorn.Config("", settings.api_host, settings.api_port, log_config=None).bind_socket()


def copies(listener: socket.socket) -> list[socket.socket]:
    """Return one listening socket, several times. uvloop accepts one connection of each per turn.

    If turns are long because of many requests, new clients would wait for their connection.
    """
    return [listener, *(listener.dup() for _ in range(ACCEPTED_PER_TURN - 1))]
