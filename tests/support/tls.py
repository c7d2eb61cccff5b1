"""A TLS server in front of a plain one, with a certificate of its own."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

LOCALHOST = ("-addext", "subjectAltName=DNS:localhost")


def certificate(directory: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost and its key. Skips the test without openssl."""
    return _made(directory, "localhost", *LOCALHOST)


@dataclass(frozen=True)
class Authority:
    """An authority with a certificate and a key of its own, which signs others."""

    cert: Path
    key: Path

    @classmethod
    def made(cls, directory: Path) -> "Authority":
        return cls(*_made(directory, "authority"))

    def signed(self, directory: Path, name: str) -> tuple[Path, Path]:
        """Make a certificate for localhost and its key."""
        signer = ("-CA", str(self.cert), "-CAkey", str(self.key))
        return _made(directory, name, *signer, *LOCALHOST, "-addext", "basicConstraints=CA:FALSE")


def _made(directory: Path, name: str, *more: str) -> tuple[Path, Path]:
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("openssl is not installed")
    directory.mkdir(exist_ok=True)
    cert, key = directory / "cert.pem", directory / "key.pem"
    files = ("-subj", f"/CN={name}", "-keyout", str(key), "-out", str(cert))
    options = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *files, *more)
    subprocess.run([openssl, "req", *options], check=True, capture_output=True)
    return cert, key


@contextmanager
def in_front_of(port: int, cert: Path, key: Path, clients: Path | None = None) -> Iterator[int]:
    """Serve TLS on a port, which is yielded, and pass the plain bytes on to `port`.

    `clients` is the authority of the certificates that clients must have.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if clients is not None:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
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
        context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as client,
        socket.create_connection(("127.0.0.1", port)) as server,
    ):
        _shake_hands(client)
        back = threading.Thread(target=_copy, args=(server, client), daemon=True)
        back.start()
        _copy(client, server)
        back.join(5)


def _shake_hands(client: ssl.SSLSocket) -> None:
    try:
        client.do_handshake()
    except ssl.SSLError:
        # With unread bytes the connection would be reset, and the client not see why it is refused.
        with socket.socket(fileno=os.dup(client.fileno())) as plain:
            plain.settimeout(5)
            while plain.recv(65536):
                pass
        raise


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
