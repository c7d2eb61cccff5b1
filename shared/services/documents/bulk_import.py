"""Bulk import: documents in batches on the bulk lane, in memory that does not grow with them."""

import json
from collections import Counter

from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.document import Lane, NewDocument
from shared.ports.broker import WakeUps
from shared.services.documents.admission import Admission

BATCH_MAX_WEIGHT = 4 * 1024 * 1024
"""A statement of so much takes up to 4 seconds where its time limit is 10."""
BEYOND_ASCII_WEIGHT = 5
"""What each byte of a sign beyond its first adds to its weight: of Chinese, Japanese or Thai every
sign and pair of signs is a lexeme, and a megabyte takes four times as long as one of English."""


class BulkImport:
    """One import under way: `add` each document, `flush` at the end."""

    def __init__(
        self,
        database: AsyncDatabase,
        wake_ups: WakeUps,
        admission: Admission,
        batch_documents: int,
        counted: Counter[tuple[Lane, bool]],
    ) -> None:
        self._database = database
        self._wake_ups = wake_ups
        self._admission = admission
        self._batch_documents = batch_documents
        self._counted = counted
        self._batch: dict[tuple[str, str], NewDocument] = {}
        self._weight = 0
        self.report = BulkReport()

    async def add(self, new: NewDocument) -> None:
        """Take one document; stores the batch when it is full or has one of the same id."""
        key, weight = (new.collection, new.id), _weight(new)
        if key in self._batch or self._weight + weight > BATCH_MAX_WEIGHT:
            await self.flush()
        self._batch[key] = new
        self._weight += weight
        if len(self._batch) >= self._batch_documents:
            await self.flush()

    async def flush(self) -> None:
        """Store what was added; raises DatabaseUnavailable or TooBusy, then nothing of it is."""
        if not self._batch:
            return
        await self._admission.admit(len(self._batch))
        async with self._database.connection() as connection:
            written, owed = await write_documents.accept_many(
                connection, list(self._batch.values()), Lane.BULK
            )
        self._counted[Lane.BULK, True] += owed
        self._counted[Lane.BULK, False] += len(self._batch) - owed
        self.report.accepted += written
        self.report.unchanged += len(self._batch) - written
        if owed:
            self._wake_ups.wake(Lane.BULK, [new.id for new in self._batch.values()])
        self._batch.clear()
        self._weight = 0


def _weight(new: NewDocument) -> int:
    """Return about how many bytes of English take as long to store."""
    text = f"{new.title or ''}{new.content}"
    size = len(text.encode())
    beyond_ascii = size - len(text)
    return size + BEYOND_ASCII_WEIGHT * beyond_ascii + len(json.dumps(new.metadata))
