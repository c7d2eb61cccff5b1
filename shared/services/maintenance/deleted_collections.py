"""Deletes the documents of deleted collections. It needs neither broker nor model server."""

import threading
import time

from shared.db.collections import deletion
from shared.db.kit.pool import Database

BATCH_DOCUMENTS = 200
"""Their vectors are deleted with them. A document of 1 MiB has about a thousand."""
PAUSE_SHARE = 1.0
"""After a batch it pauses for as long, so it takes half of the time."""


class DeletedCollections:
    """Deletes batches until nothing is left. A batch that was interrupted is deleted again."""

    def __init__(self, database: Database, stopping: threading.Event) -> None:
        self._database = database
        self._stopping = stopping

    def work(self) -> None:
        more = True
        while more and not self._stopping.is_set():
            started = time.monotonic()
            with self._database.connection() as connection:
                more = deletion.delete_taken(connection, BATCH_DOCUMENTS) > 0
            if more:
                self._stopping.wait(PAUSE_SHARE * (time.monotonic() - started))
