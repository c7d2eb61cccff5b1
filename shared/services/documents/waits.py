"""The requests that wait for documents. At the limit, the client with the most makes room."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import TooBusy


class Waits:
    """Limits waits. They are known by the client's address."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._by_client: defaultdict[str, dict[asyncio.Future[None], None]] = defaultdict(dict)

    @contextmanager
    def waiting(self, client: str) -> Iterator[asyncio.Future[None]]:
        """Count as a wait inside the block. It must end early if the future is done.

        At the limit, raises TooBusy unless another client has at least two waits more.
        """
        if self._count >= self._most:
            self._make_room(client)
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._by_client[client][ended] = None
        self._count += 1
        try:
            yield ended
        finally:
            self._forget(client, ended)

    def _make_room(self, client: str) -> None:
        """End the oldest wait of the client that has the most."""
        largest = max(self._by_client, key=lambda each: len(self._by_client[each]))
        if len(self._by_client[largest]) <= len(self._by_client.get(client, ())) + 1:
            raise TooBusy(f"{self._most:,} requests are waiting for documents.")
        oldest = next(iter(self._by_client[largest]))
        oldest.set_result(None)
        self._forget(largest, oldest)

    def _forget(self, client: str, ended: asyncio.Future[None]) -> None:
        if ended not in self._by_client.get(client, ()):
            return
        self._count -= 1
        del self._by_client[client][ended]
        if not self._by_client[client]:
            del self._by_client[client]
