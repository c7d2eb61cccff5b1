"""Reads keys from the database, many in one statement, and keeps each for a moment."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

from shared.db.access import keys
from shared.db.kit.pool import EVERY_TENANT, AsyncDatabase
from shared.domain.access.records import CheckedKey
from shared.services.operations.background import failure_seen

KEEP_SECONDS = 0.4
"""A revocation counts after this time in each process."""
RENEW_SECONDS = 0.2
"""A key in use is read again after this time, while its requests are still served at once."""
KEPT_MAX = 10_000
BATCH = 500


@dataclass(frozen=True, slots=True)
class _Kept:
    key: CheckedKey
    read_at: float

    @property
    def age(self) -> float:
        return time.monotonic() - self.read_at


class KeyLookup:
    """One statement runs at a time, so that requests with invented keys use one connection."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._wanted: dict[str, asyncio.Future[CheckedKey | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    def recent(self, id_: str) -> CheckedKey | None:
        """Return a key that was read a moment ago, and read it again before that is too old."""
        kept = self._kept.get(id_)
        if kept is None or kept.age > KEEP_SECONDS:
            return None
        if kept.age > RENEW_SECONDS:
            self._want(id_)
        return kept.key

    def last_known(self, id_: str) -> CheckedKey | None:
        """Return a key as it was last read, however long ago."""
        kept = self._kept.get(id_)
        return kept.key if kept else None

    async def read(self, id_: str) -> CheckedKey | None:
        """Read a key now; raises DatabaseUnavailable."""
        return await asyncio.shield(self._want(id_))

    def _want(self, id_: str) -> asyncio.Future[CheckedKey | None]:
        found = self._wanted.get(id_)
        if found is None:
            found = asyncio.get_running_loop().create_future()
            found.add_done_callback(failure_seen)
            self._wanted[id_] = found
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_wanted())
        return found

    async def _read_wanted(self) -> None:
        while self._wanted:
            batch = {id_: self._wanted.pop(id_) for id_ in list(self._wanted)[:BATCH]}
            try:
                found = await self._read(list(batch))
            except Exception as error:  # noqa: BLE001 - whoever waits raises it
                for future in batch.values():
                    future.set_exception(error)
            else:
                for id_, future in batch.items():
                    future.set_result(found.get(id_))

    async def _read(self, ids: list[str]) -> dict[str, CheckedKey]:
        began = time.monotonic()
        async with self._database.fenced(EVERY_TENANT) as connection:
            found = {key.id: key for key in await keys.check(connection, ids)}
        for id_ in ids:
            self._kept.pop(id_, None)
        for key in found.values():
            self._kept[key.id] = _Kept(key, began)
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return found
