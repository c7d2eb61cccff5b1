"""Slots for requests that last. At the limit, whoever has the most makes room for others."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import TooBusy
from shared.domain.operations.client import Client
from shared.domain.refs import Tenant

Ended = asyncio.Future[None]


class FairSlots:
    """Limits requests of the same kind. They are known by the tenant and the client's address.

    Tenants share the slots equally, and so do the clients of a tenant. Nobody is limited while
    there is room.
    """

    def __init__(self, most: int, full: str) -> None:
        """`full` says in an error what is full."""
        self._most = most
        self._full = full
        self._count = 0
        self._held: defaultdict[Tenant, _Clients] = defaultdict(_Clients)

    @contextmanager
    def holding(self, client: Client) -> Iterator[Ended]:
        """Hold a slot inside the block. It must end early if the future is done.

        At the limit, raises TooBusy unless another tenant, or another client of the tenant, has at
        least two slots more.
        """
        if self._count >= self._most:
            self._make_room(*client)
        ended: Ended = asyncio.get_running_loop().create_future()
        self._held[client.tenant].add(client.address, ended)
        self._count += 1
        try:
            yield ended
        finally:
            self._forget(*client, ended)

    def _make_room(self, tenant: Tenant, address: str) -> None:
        """End the oldest request of the client that has the most, of the tenant that has."""
        if not self._most:
            raise TooBusy(self._full)
        largest = max(self._held, key=lambda each: self._held[each].count)
        if self._held[largest].count <= self._count_of(tenant) + 1:
            largest = tenant
        clients = self._held[largest] if largest in self._held else _Clients()
        other = clients.largest()
        if largest == tenant and clients.count_of(other) <= clients.count_of(address) + 1:
            raise TooBusy(self._full)
        oldest = clients.oldest_of(other)
        oldest.set_result(None)
        self._forget(largest, other, oldest)

    def _count_of(self, tenant: Tenant) -> int:
        return self._held[tenant].count if tenant in self._held else 0

    def _forget(self, tenant: Tenant, address: str, ended: Ended) -> None:
        if tenant in self._held and self._held[tenant].remove(address, ended):
            self._count -= 1
            if not self._held[tenant].count:
                del self._held[tenant]


class _Clients:
    """The slots of a tenant by the client's address, the oldest first."""

    def __init__(self) -> None:
        self.count = 0
        self._by_address: defaultdict[str, dict[Ended, None]] = defaultdict(dict)

    def add(self, address: str, ended: Ended) -> None:
        self._by_address[address][ended] = None
        self.count += 1

    def remove(self, address: str, ended: Ended) -> bool:
        """Return False if it was removed before."""
        if ended not in self._by_address.get(address, ()):
            return False
        del self._by_address[address][ended]
        if not self._by_address[address]:
            del self._by_address[address]
        self.count -= 1
        return True

    def largest(self) -> str:
        return max(self._by_address, key=self.count_of, default="")

    def count_of(self, address: str) -> int:
        return len(self._by_address.get(address, ()))

    def oldest_of(self, address: str) -> Ended:
        return next(iter(self._by_address[address]))
