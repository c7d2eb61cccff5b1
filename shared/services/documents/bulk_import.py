"""Bulk import: documents in batches on the bulk lane, in constant memory."""

import json

from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.documents.validation import DocumentLimits, check_document
from shared.domain.refs import DocumentRef
from shared.ports.broker import WakeUps
from shared.ports.meters import ApiMeter
from shared.services.documents.admission import Admission

BATCH_MAX_WEIGHT = 4 * 1024 * 1024
"""A statement of this weight takes up to 4 seconds; its time limit is 10."""
BEYOND_ASCII_WEIGHT = 5
"""Extra weight of each byte of a character beyond its first. In Chinese, Japanese and Thai every
character and pair of characters is a lexeme, so a megabyte takes four times as long as English."""


class BulkImport:
    """One running import: `add` each document, `flush` at the end."""

    def __init__(
        self,
        database: AsyncDatabase,
        wake_ups: WakeUps,
        admission: Admission,
        limits: DocumentLimits,
        meter: ApiMeter,
        batch_documents: int,
    ) -> None:
        self._database = database
        self._wake_ups = wake_ups
        self._admission = admission
        self._limits = limits
        self._meter = meter
        self._batch_documents = batch_documents
        self._batch: dict[DocumentRef, NewDocument] = {}
        self._weight = 0
        self.report = BulkReport()

    async def add(self, new: NewDocument) -> None:
        """Add one document to the batch; store the batch first if it is full or has the same id.

        Raises InvalidInput for a document that cannot be stored.
        """
        check_document(new, self._limits)
        weight = _weight(new)
        if new.ref in self._batch or self._weight + weight > BATCH_MAX_WEIGHT:
            await self.flush()
        self._batch[new.ref] = new
        self._weight += weight
        if len(self._batch) >= self._batch_documents:
            await self.flush()

    async def flush(self) -> None:
        """Store the batch. Raises DatabaseUnavailable or TooBusy; then none of it is stored."""
        if not self._batch:
            return
        batch = list(self._batch.values())
        await self._admission.admit(len(batch))
        async with self._database.connection() as connection:
            written, owed = await write_documents.accept_many(connection, batch, Lane.BULK)
        self._meter.documents_written(Lane.BULK, owed=owed, unchanged=len(batch) - owed)
        self.report.accepted += written
        self.report.unchanged += len(batch) - written
        if owed:
            self._wake_ups.wake(Lane.BULK, [new.ref.id for new in batch])
        self._batch.clear()
        self._weight = 0


def _weight(new: NewDocument) -> int:
    """Return the size in bytes of an English text that takes as long to store."""
    text = f"{new.title or ''}{new.content}"
    size = len(text.encode())
    beyond_ascii = size - len(text)
    return size + BEYOND_ASCII_WEIGHT * beyond_ascii + len(json.dumps(new.metadata))
