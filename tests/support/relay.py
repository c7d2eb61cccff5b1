"""A TCP relay in front of a server. It cuts its connections on demand."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

CHUNK = 65536


class Relay:
    """The relay's address, and its open connections."""

    def __init__(self, target: str) -> None:
        host = urlsplit(target)
        self._target = (host.hostname or "", host.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self.connections = 0
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self) -> None:
        """Close all connections. New ones are accepted."""
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self) -> None:
        """Stop."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(self._target)
            self._open += [client, server]
            self._start(client, server)

    def _start(self, client: socket.socket, server: socket.socket) -> None:
        left = threading.Semaphore(1)
        for source, sink in ((client, server), (server, client)):
            thread = threading.Thread(target=_copy, args=(source, sink, left))
            self._threads.append(thread)
            thread.start()


def _copy(source: socket.socket, sink: socket.socket, left: threading.Semaphore) -> None:
    """Copy one direction to its end. The second of both to end closes the sockets."""
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            sink.sendall(chunk)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
    if not left.acquire(blocking=False):
        source.close()
        sink.close()


@contextmanager
def running(target: str) -> Iterator[Relay]:
    """Run a relay for the length of the block."""
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.close()
