"""The languages of collections, read again after some seconds.

The statement of a write notices an outdated one, and a worker then lexes the document again.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from shared.db.collections import languages
from shared.db.kit.pool import AsyncDatabase
from shared.domain.refs import Collection

KEEP_SECONDS = 5.0
COLLECTIONS_KEPT = 10_000


class _Known(NamedTuple):
    language: str | None
    read_at: float


class KnownLanguages:
    """Implements `shared.ports.lexer.CollectionLanguages`."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._known: OrderedDict[Collection, _Known] = OrderedDict()

    async def of(self, collections: set[Collection]) -> Mapping[Collection, str]:
        since = time.monotonic() - KEEP_SECONDS
        known = {each: self._known.get(each) for each in collections}
        unknown = [each for each, found in known.items() if not found or found.read_at < since]
        read = await self._read(unknown) if unknown else {}
        languages_of = {each: found.language for each, found in (known | read).items() if found}
        return {each: language for each, language in languages_of.items() if language}

    async def _read(self, collections: list[Collection]) -> dict[Collection, _Known]:
        async with self._database.connection() as connection:
            found = await languages.read(connection, collections)
        now = time.monotonic()
        read = {each: _Known(found.get(each), now) for each in collections}
        for each, language in read.items():
            self._known[each] = language
            self._known.move_to_end(each)
        while len(self._known) > COLLECTIONS_KEPT:
            self._known.popitem(last=False)
        return read
