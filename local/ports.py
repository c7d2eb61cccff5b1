"""Which TCP ports of this machine are free, and who holds the others."""

import json
import random
import socket
from pathlib import Path

import psutil

from local.errors import StackError
from local.passwords import write_private

# Below the range systems take a client's ports from. A client that retries a port of that
# range while its server is down can, by TCP's simultaneous open, end up connected to itself.
INTERNAL = range(20_000, 32_000)

_given: set[int] = set()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise StackError(
                f"Port {port} is reserved for root on this system; choose one from 1024 up."
            ) from None
        except OSError:
            return False
    # macOS lets 127.0.0.1 be bound beside a server on all addresses, which then goes unheard.
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_port(excluding: frozenset[int] = frozenset()) -> int:
    """Return a free port for a server that only our own processes speak to.

    None is given twice: its server may not listen there yet.
    """
    for port in random.sample(INTERNAL, k=200):
        if port not in excluding | _given and is_free(port):
            _given.add(port)
            return port
    raise StackError(f"No free port between {INTERNAL.start} and {INTERNAL.stop} was found.")


def next_free(port: int, avoiding: frozenset[int]) -> int:
    """Return the free port nearest above `port`, to be proposed instead of it."""
    above = (p for p in range(port + 1, 65536) if p not in avoiding and is_free(p))
    return next(above, None) or free_port(avoiding)


def kept_ports(path: Path, names: tuple[str, ...], avoiding: frozenset[int]) -> dict[str, int]:
    """Give each name the port it had last time, if that is still free, else a new one."""
    try:
        before = json.loads(path.read_text())
    except (OSError, ValueError):
        before = {}
    ports: dict[str, int] = {}
    for name in names:
        taken = avoiding | frozenset(ports.values())
        port = before.get(name)
        usable = isinstance(port, int) and port in INTERNAL and port not in taken
        ports[name] = port if usable and is_free(port) else free_port(taken)
    write_private(path, json.dumps(ports) + "\n")
    return ports


def holder(port: int) -> str | None:
    """Name the process that listens on `port`, where the system lets us know."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            address, pid = connection.laddr, connection.pid
            if address and address.port == port and connection.status == psutil.CONN_LISTEN and pid:
                return f"{psutil.Process(pid).name()} (pid {pid})"
    except psutil.Error:
        pass
    return None
