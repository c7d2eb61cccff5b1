"""TCP ports of this machine: which are free, and which process listens on the others."""

import json
import random
import socket
from pathlib import Path
from typing import Any

import psutil

from local.errors import StackError
from local.passwords import write_private

# Systems take the ports of clients from a higher range. A client that retries a port of its own
# range while the server is down can connect to itself: TCP allows a simultaneous open.
INTERNAL = range(20_000, 32_000)

_allocated: set[int] = set()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise StackError(
                f"This system reserves port {port} for root. Choose one from 1024 to 65535."
            ) from None
        except OSError:
            return False
    # On macOS, binding 127.0.0.1 succeeds although another server listens on all addresses.
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_port(excluding: frozenset[int] = frozenset()) -> int:
    """Return a free port for a server that only our own processes use.

    It returns no port twice, because the first server may not listen on it yet.
    """
    for port in random.sample(INTERNAL, k=200):
        if port not in excluding | _allocated and is_free(port):
            _allocated.add(port)
            return port
    raise StackError(f"No port between {INTERNAL.start} and {INTERNAL.stop} is free.")


def next_free(port: int, avoiding: frozenset[int]) -> int:
    """Return the next free port above `port`, to suggest it to the user."""
    above = (p for p in range(port + 1, 65536) if p not in avoiding and is_free(p))
    return next(above, None) or free_port(avoiding)


def reuse_ports(path: Path, names: tuple[str, ...], avoiding: frozenset[int]) -> dict[str, int]:
    """Give each name the port that `path` stores for it, or a new one if that is not free."""
    before = stored(path)
    ports: dict[str, int] = {}
    for name in names:
        taken = avoiding | frozenset(ports.values())
        port: Any = before.get(name)
        usable = isinstance(port, int) and port in INTERNAL and port not in taken
        ports[name] = port if usable and is_free(port) else free_port(taken)
    write_private(path, json.dumps(ports) + "\n")
    return ports


def stored(path: Path) -> dict[str, Any]:
    """Return the ports by name that `path` stores; empty if it is missing or damaged."""
    try:
        ports = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return ports if isinstance(ports, dict) else {}


def listener(port: int) -> str | None:
    """Return the name and pid of the process that listens on `port`. None if it is hidden."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            address, pid = connection.laddr, connection.pid
            if address and address.port == port and connection.status == psutil.CONN_LISTEN and pid:
                return f"{psutil.Process(pid).name()} (pid {pid})"
    except psutil.Error:
        pass
    return None
