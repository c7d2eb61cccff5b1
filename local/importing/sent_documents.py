"""The documents that an import sent: a database in a file, so that memory stays small."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Self

BATCH = 1000
"""The API tells the states of so many documents at a time."""


class SentDocuments:
    """A set of documents by collection and id, in the order in which they were sent."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA synchronous = off")
        self._database.execute("CREATE TABLE IF NOT EXISTS sent (collection, id)")
        self._database.execute("CREATE UNIQUE INDEX IF NOT EXISTS once ON sent (collection, id)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def __len__(self) -> int:
        count: int = self._database.execute("SELECT count(*) FROM sent").fetchone()[0]
        return count

    def add(self, documents: Iterable[tuple[str, str]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO sent VALUES (?, ?)", documents)
        self._database.execute("COMMIT")

    def batches(self) -> Iterator[tuple[str, list[str]]]:
        """Yield collections with some of their ids."""
        rows = self._database.execute("SELECT collection, id FROM sent ORDER BY collection, rowid")
        while batch := rows.fetchmany(BATCH):
            for collection, group in groupby(batch, itemgetter(0)):
                yield collection, [id_ for _, id_ in group]

    def clear(self) -> None:
        """Forget all documents."""
        self._database.execute("DELETE FROM sent")

    def delete(self) -> None:
        self._database.close()
        self._path.unlink(missing_ok=True)
