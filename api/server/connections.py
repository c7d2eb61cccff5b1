"""All open connections of the server, and which of them wait for their client.

At the limit, a new client still gets a connection. Among those of the address that holds the most,
the connection that has waited longest for its client is closed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.domain.operations.memory_budget import FREE_BYTES

CHECK_SECONDS = 1.0
HELD_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The number of connections, and how long one may wait for its client."""

    connections: int = 1000
    header_bytes: int = 64 * 1024
    header_fields: int = 100
    header_seconds: float = 10.0
    stall_seconds: float = 20.0
    bytes_per_second: int = 8 * 1024
    discard_seconds: float = 2.0
    """How long the rest of a refused request is read, so that its client sees the answer."""
    pipelined_requests: int = 10
    held_bytes: int = HELD_BYTES
    """What the server has received and the application not yet read, and what the application has
    answered and clients not yet read: each in total. Small amounts do not count."""


class Connection(Protocol):
    """What the registry needs to know of a connection."""

    address: str

    def received_bytes(self) -> int:
        """Return the bytes of the body that the application has not read."""

    def unsent_bytes(self) -> int:
        """Return the bytes of answers that the client has not read."""

    def check(self, seconds: float) -> None:
        """Close the connection if its client is too slow. `seconds` have passed since the last."""

    def evict(self) -> None:
        """Close the connection to make room."""


class Connections:
    """The open connections by address. Those that wait for their client are ordered by time."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: dict[str, set[Connection]] = defaultdict(set)
        self._waiting: dict[str, dict[Connection, None]] = defaultdict(dict)
        self._bodies = _LargeSizes(lambda connection: connection.received_bytes())
        self._answers = _LargeSizes(lambda connection: connection.unsent_bytes())
        self._count = 0
        self.is_draining = False
        """Whether each connection ends after its next answer, because the server stops."""
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: Connection) -> None:
        """Add a new connection. If there are too many, close one that waits for its client."""
        self._open[connection.address].add(connection)
        self._count += 1
        self.waits(connection)
        if self._count > self.limits.connections:
            evicted = self._largest_waiting()
            self.remove(evicted)
            evicted.evict()
        if self._timer is None:
            self._schedule()

    def remove(self, connection: Connection) -> None:
        if connection not in self._open.get(connection.address, ()):
            return
        self._count -= 1
        self._open[connection.address].discard(connection)
        self._bodies.forget(connection)
        self._answers.forget(connection)
        self.works(connection)
        if not self._open[connection.address]:
            del self._open[connection.address]
            self._waiting.pop(connection.address, None)

    def waits(self, connection: Connection) -> None:
        """Record that an open connection waits for its client from now on."""
        if connection not in self._open.get(connection.address, ()):
            return
        waiting = self._waiting[connection.address]
        waiting.pop(connection, None)
        waiting[connection] = None

    def works(self, connection: Connection) -> None:
        """Record that the server works on a request of this connection."""
        self._waiting.get(connection.address, {}).pop(connection, None)

    def holds_too_much(self, newest: Connection) -> bool:
        """Return whether all connections together hold more of bodies than they may."""
        return sum(self._bodies.with_new(newest).values()) > self.limits.held_bytes

    def limit_unsent(self, newest: Connection) -> None:
        """Close connections that do not read their answers, if all hold too much of them."""
        sizes = self._answers.with_new(newest)
        excess = sum(sizes.values()) - self.limits.held_bytes
        for connection in (each for waiting in self._waiting.values() for each in list(waiting)):
            if excess > 0 and connection is not newest and connection in sizes:
                excess -= sizes[connection]
                connection.evict()

    def _largest_waiting(self) -> Connection:
        """Return the connection that waits longest, of the address with the most connections.

        The newest connection waits too, so there always is one.
        """
        address = max(filter(self._waiting.get, self._open), key=lambda each: len(self._open[each]))
        return next(iter(self._waiting[address]))

    def _schedule(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check)

    def _check(self) -> None:
        for connection in list(self._all()):
            connection.check(CHECK_SECONDS)
        self._timer = None
        if self._count:
            self._schedule()

    def _all(self) -> Iterator[Connection]:
        for connections in self._open.values():
            yield from connections


class _LargeSizes:
    """The connections that hold more than a little, so that not all have to be asked."""

    def __init__(self, size: Callable[[Connection], int]) -> None:
        self._size = size
        self._large: set[Connection] = set()

    def with_new(self, connection: Connection) -> dict[Connection, int]:
        """Return the sizes of all large connections, to which this one may belong now."""
        self._large.add(connection)
        sizes = {each: size for each in self._large if (size := self._size(each)) > FREE_BYTES}
        self._large = set(sizes)
        return sizes

    def forget(self, connection: Connection) -> None:
        self._large.discard(connection)
