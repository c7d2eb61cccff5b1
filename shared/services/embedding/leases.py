"""The leases that a worker process holds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from shared.domain.embedding.jobs import Claim
from shared.domain.errors import LeaseLost


class Leases:
    """The leases of this process. The heartbeat renews them and drops those that are lost."""

    def __init__(self) -> None:
        self._held: dict[UUID, Claim] = {}
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[None]:
        """Hold a lease inside the block."""
        with self._lock:
            self._held[claim.token] = claim
        try:
            yield
        finally:
            self.lose(claim)

    def held(self) -> list[Claim]:
        with self._lock:
            return list(self._held.values())

    def lose(self, claim: Claim) -> None:
        with self._lock:
            self._held.pop(claim.token, None)

    def check(self, claim: Claim) -> None:
        """Raise LeaseLost if the lease is no longer held."""
        with self._lock:
            if claim.token not in self._held:
                raise LeaseLost
