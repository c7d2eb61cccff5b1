"""The languages of collections, read again after some seconds.

The statement of a write notices an outdated one, and a worker then lexes the document again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.db.collections import languages
from shared.db.kit.pool import AsyncDatabase
from shared.domain.refs import Collection
from shared.domain.resilience.recent import Recent

KEEP_SECONDS = 5.0
COLLECTIONS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    language: str | None


class KnownLanguages:
    """Implements `shared.ports.lexer.CollectionLanguages`."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._known = Recent[Collection, _Known](KEEP_SECONDS, COLLECTIONS_KEPT)

    async def of(self, collections: set[Collection]) -> Mapping[Collection, str]:
        known = {each: found for each in collections if (found := self._known.get(each))}
        unknown = [each for each in collections if each not in known]
        if unknown:
            known |= await self._read(unknown)
        return {each: found.language for each, found in known.items() if found.language}

    async def _read(self, collections: list[Collection]) -> dict[Collection, _Known]:
        async with self._database.connection() as connection:
            found = await languages.read(connection, collections)
        read = {each: _Known(found.get(each)) for each in collections}
        for each, language in read.items():
            self._known.put(each, language)
        return read
