"""Leaves threads of a worker to other tenants."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from shared.domain.documents.document import Lane
from shared.domain.embedding.flows import LENGTHS
from shared.domain.refs import Tenant
from shared.services.embedding.lane_limiter import LaneLimiter


class Room:
    """A task's room for long documents, which all of the limiters have."""

    def __init__(self, lane: Lane, limiters: Sequence[LaneLimiter]) -> None:
        self._limiters = limiters
        self.longest = LENGTHS[lane][-1]
        """The longest documents that fit."""
        for number, limiter in enumerate(limiters):
            found = limiter.lengthen(lane, self.longest)
            for before in limiters[:number]:
                before.shorten(self.longest, found)
            self.longest = found

    def keep(self, length: int) -> set[Lane]:
        """Give room for longer documents back. Return the lanes that may find some now."""
        lanes: set[Lane] = set()
        for limiter in self._limiters:
            lanes |= limiter.shorten(self.longest, length)
        self.longest = min(self.longest, length)
        return lanes


LendRoom = Callable[[Tenant, Lane], AbstractContextManager[Room | None]]
"""Lends a task's room for documents of a tenant, or None if the tenant has no thread left."""


@dataclass(slots=True)
class _Users:
    limiter: LaneLimiter
    count: int = 0


class TenantRooms:
    """One tenant has all threads but one, as far as there are several.

    So the first document of another tenant finds a thread, however many documents the one writes.
    """

    def __init__(self, process: LaneLimiter, wake: Callable[[Iterable[Lane]], None]) -> None:
        """`wake` wakes a task for each lane that found no room and may find some now."""
        self._process = process
        self._wake = wake
        self._users: dict[Tenant, _Users] = {}
        self._lock = threading.Lock()

    @contextmanager
    def of(self, tenant: Tenant, lane: Lane) -> Iterator[Room | None]:
        """Lend the room of a task, or None if the tenant has no thread left."""
        with self._limiter(tenant) as limiter:
            if not limiter.enter(lane):
                yield None
                return
            room = Room(lane, (limiter, self._process))
            try:
                yield room
            finally:
                self._wake(room.keep(LENGTHS[lane].start) | limiter.leave(lane))

    @contextmanager
    def of_sweep(self, _: Tenant, lane: Lane) -> Iterator[Room]:
        """Lend the room of a sweep, which has one thread for each lane."""
        room = Room(lane, (self._process,))
        try:
            yield room
        finally:
            self._wake(room.keep(LENGTHS[lane].start))

    def has_room(self, tenant: Tenant, lane: Lane) -> bool:
        """Return whether another task can begin with documents of the tenant."""
        with self._limiter(tenant) as limiter:
            return self._process.has_room(lane) and limiter.has_room(lane)

    @contextmanager
    def _limiter(self, tenant: Tenant) -> Iterator[LaneLimiter]:
        """Lend the limiter of a tenant. It is forgotten when nobody uses it."""
        with self._lock:
            most = max(1, self._process.threads - 1)
            users = self._users.setdefault(tenant, _Users(LaneLimiter(most)))
            users.count += 1
        try:
            yield users.limiter
        finally:
            with self._lock:
                users.count -= 1
                if not users.count:
                    del self._users[tenant]
