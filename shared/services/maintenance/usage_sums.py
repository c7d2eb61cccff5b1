"""Sums up what tenants have, so that reading it stays fast. Quotas need no worker for it."""

from collections.abc import Callable

from shared.db.access import usage
from shared.db.kit.pool import Database


class UsageSums:
    """One worker at a time sums up. The first time, it counts all documents."""

    def __init__(self, database: Database, stopping: Callable[[], bool]) -> None:
        self._database = database
        self._stopping = stopping

    def sum_up(self) -> None:
        more = True
        while more and not self._stopping():
            with self._database.connection() as connection:
                more = usage.sum_up(connection)
