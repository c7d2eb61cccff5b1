"""Counts the queries of searches, so that a new model can embed the frequent ones in advance."""

import asyncio
import time
from contextlib import suppress

import psycopg

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import recent_queries
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.refs import Collection
from shared.domain.search.request import Mode, SearchRequest

QUERY_CHARACTERS = 200
QUERIES_MAX = 1000
"""So many different queries are counted between two writes."""
WRITE_SECONDS = 5.0
DELETE_OLD_SECONDS = 60.0


class RecentQueries:
    """Counts short queries in memory, and adds them to the database every few seconds."""

    def __init__(self, database: AsyncDatabase, *, enabled: bool) -> None:
        self._database = database
        self._enabled = enabled
        self._searches: dict[tuple[Collection, str], int] = {}
        self._delete_old_at = float("-inf")

    def count(self, request: SearchRequest, text: str) -> None:
        """Count a search that embeds `text`, if it is short and reads the first page."""
        collection = request.scope.collection
        if collection is None or request.mode is Mode.TEXT or request.offset:
            return
        if self._enabled and not request.only_counts and len(text) <= QUERY_CHARACTERS:
            self._add((collection, " ".join(text.split())), 1)

    async def run(self) -> None:
        """Write until cancelled. While the database does not answer, the counts wait."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            with suppress(DatabaseUnavailable, psycopg.Error):
                await self.write()

    async def write(self) -> None:
        """Add the counts to the database, and delete old queries from time to time."""
        searches, self._searches = self._searches, {}
        delete_old = time.monotonic() >= self._delete_old_at
        if not (searches or delete_old):
            return
        try:
            async with self._database.connection() as connection:
                if searches:
                    await recent_queries.add(connection, searches)
                if delete_old:
                    await recent_queries.delete_old(connection)
                    self._delete_old_at = time.monotonic() + DELETE_OLD_SECONDS
        except DatabaseUnavailable:
            for key, number in searches.items():
                self._add(key, number)
            raise

    def _add(self, key: tuple[Collection, str], number: int) -> None:
        if key in self._searches or len(self._searches) < QUERIES_MAX:
            self._searches[key] = self._searches.get(key, 0) + number
