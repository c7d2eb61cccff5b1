"""The key of the server, from which an API process seals cursors and ids."""

import time
from collections.abc import Callable

from shared.db.kit import server_secrets
from shared.db.kit.pool import AsyncDatabase
from shared.ports.sealing import Sealing

FORMER_SECONDS = 24 * 3600.0
"""Clients may resume from ids of the versions without a key for so long after it was made."""


class ServerKey:
    """Reads the key when it is first needed, because a process starts without PostgreSQL too."""

    def __init__(self, database: AsyncDatabase, seal_with: Callable[[bytes], Sealing]) -> None:
        self._database = database
        self._seal_with = seal_with
        self._sealing: Sealing | None = None
        self._former_until = float("-inf")

    @property
    def allows_former(self) -> bool:
        """Whether ids count that were not sealed. For ever, they would tell positions by trials."""
        return time.monotonic() < self._former_until

    async def sealing(self) -> Sealing:
        """Return what seals by the key; raises DatabaseUnavailable before the first time."""
        if self._sealing is None:
            async with self._database.connection() as connection:
                secret = await server_secrets.read(connection, server_secrets.SEALING)
            self._former_until = time.monotonic() + FORMER_SECONDS - secret.age_seconds
            self._sealing = self._seal_with(secret.value)
        return self._sealing
