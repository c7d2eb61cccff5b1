"""Waits while the server reads and embeds, and shows how much is left."""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from inkdex.client import Inkdex
from inkdex.commands.output import Progress, complain
from inkdex.errors import Forbidden
from inkdex.models.documents import DocumentState
from inkdex.sources.reading import READ_SECONDS, Reading

SHOWN = {"extracting": "Files left to read:", "pending": "Files left to embed:"}
POLL_SECONDS = 0.5
IDS = 1000


def wait_until_read(reading: Reading) -> None:
    """Wait until the server has read all files of a source; raises NotRead after an hour."""
    _wait(reading, "extracting", READ_SECONDS)


def wait_until_embedded(reading: Reading) -> None:
    """Wait until the server has read and embedded all files of a source, however long."""
    for status in SHOWN:
        _wait(reading, status, float("inf"))


def _wait(reading: Reading, status: str, seconds: float) -> None:
    progress, pauses = Progress(SHOWN[status]), Pauses(reading.client)

    def show(left: int) -> None:
        pauses.look()
        progress.show(f"{SHOWN[status]} {left:,}")

    reading.wait(status, show, seconds)
    progress.end()


@dataclass(slots=True)
class Pauses:
    """Says why the workers embed nothing, each reason once."""

    client: Inkdex
    reason: str | None = None
    may_ask: bool = True

    def look(self) -> None:
        """Ask, unless the key does not allow it."""
        if not self.may_ask:
            return
        try:
            reason = self.client.stats().paused_reason
        except Forbidden:
            self.may_ask = False
            return
        if reason and reason != self.reason:
            complain(f"Waiting: the workers are paused ({reason}). What you sent is stored.")
        self.reason = reason


class SentDocuments:
    """Documents by collection and id, in a temporary file when they are many. Close it."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(
            "CREATE TABLE sent (collection, id, PRIMARY KEY (collection, id)) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Forget them."""
        self._database.close()

    def __len__(self) -> int:
        count: int = self._database.execute("SELECT count(*) FROM sent").fetchone()[0]
        return count

    def add(self, documents: Iterable[tuple[str, str]]) -> None:
        """Add documents, each of them once."""
        self._database.executemany("INSERT OR IGNORE INTO sent VALUES (?, ?)", documents)

    def batches(self) -> Iterator[tuple[str, list[str]]]:
        """Yield collections with some of their ids."""
        rows = self._database.execute("SELECT collection, id FROM sent ORDER BY collection, id")
        while batch := rows.fetchmany(IDS):
            for collection, group in groupby(batch, itemgetter(0)):
                yield collection, [id_ for _, id_ in group]


def settled(client: Inkdex, sent: SentDocuments) -> Iterator[DocumentState]:
    """Wait for documents, and yield the state of each that is ready or failed.

    One that was deleted meanwhile has no state.
    """
    progress, pauses, done, total = Progress("Ready"), Pauses(client), 0, len(sent)
    for collection, ids in sent.batches():
        left = ids
        while left:
            states = client.documents.states(left, collection=collection).items
            yield from (each for each in states if each.status != "pending")
            left = [each.id for each in states if each.status == "pending"]
            progress(done + len(ids) - len(left), total)
            if left:
                pauses.look()
                time.sleep(POLL_SECONDS)
        done += len(ids)
    progress.end()
