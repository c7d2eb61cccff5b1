"""The leases that a worker process holds, and how work under one hears that it is lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from shared.domain.embedding.jobs import Claim
from shared.domain.errors import LeaseLost


class Leases:
    """The leases this process holds, which its pulse renews while the model works."""

    def __init__(self) -> None:
        self._held: dict[UUID, Claim] = {}
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[None]:
        """Keep a lease alive inside the block."""
        with self._lock:
            self._held[claim.token] = claim
        try:
            yield
        finally:
            self.lose(claim)

    def held(self) -> list[Claim]:
        """Return the leases held now."""
        with self._lock:
            return list(self._held.values())

    def lose(self, claim: Claim) -> None:
        """Hold a lease no longer."""
        with self._lock:
            self._held.pop(claim.token, None)

    def check(self, claim: Claim) -> None:
        """Raise LeaseLost if the lease is not held."""
        with self._lock:
            if claim.token not in self._held:
                raise LeaseLost
