"""A TLS server in front of a plain one, with a certificate of its own."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def certificate(directory: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost and its key. Skips the test without openssl."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("openssl is not installed")
    cert, key = directory / "cert.pem", directory / "key.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    files = ("-keyout", str(key), "-out", str(cert))
    options = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files)
    subprocess.run([openssl, "req", *options], check=True, capture_output=True)
    return cert, key


@contextmanager
def in_front_of(port: int, cert: Path, key: Path) -> Iterator[int]:
    """Serve TLS on a port, which is yielded, and pass the plain bytes on to `port`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, context, port), daemon=True)
        accepting.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(5)


def _accept(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        while True:
            plain, _ = listener.accept()
            threading.Thread(target=_serve, args=(plain, context, port), daemon=True).start()


def _serve(plain: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with (
        suppress(OSError),
        context.wrap_socket(plain, server_side=True) as client,
        socket.create_connection(("127.0.0.1", port)) as server,
    ):
        back = threading.Thread(target=_copy, args=(server, client), daemon=True)
        back.start()
        _copy(client, server)
        back.join(5)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def recorder() -> Iterator[tuple[int, bytearray]]:
    """Yield a port that answers nothing, and all bytes that clients sent to it."""
    received = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listening = threading.Thread(target=_record, args=(listener, received), daemon=True)
        listening.start()
        yield int(listener.getsockname()[1]), received
        listener.shutdown(socket.SHUT_RDWR)
        listening.join(5)


def _record(listener: socket.socket, received: bytearray) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            with client:
                client.settimeout(5)
                received += client.recv(65536)
