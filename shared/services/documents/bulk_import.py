"""Bulk import: documents in batches on the bulk lane, in constant memory."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.documents.validation import DocumentLimits, check_document
from shared.domain.errors import DatabaseTimeout, DocumentNotStorable, InkdexError
from shared.domain.refs import DocumentRef
from shared.ports.broker import WakeUps
from shared.ports.meters import ApiMeter
from shared.services.documents.admission import Admission

BATCH_MAX_WEIGHT = 4 * 1024 * 1024
"""A statement of this weight takes up to 4 seconds; its time limit is 10."""
BEYOND_ASCII_WEIGHT = 5
"""Extra weight of each byte of a character beyond its first. In Chinese, Japanese and Thai every
character and pair of characters is a lexeme, so a megabyte takes four times as long as English."""


SLOW_LINES_MAX = 5
"""If more lines of a batch reach the time limit, PostgreSQL itself is slow."""


class Line(NamedTuple):
    """A document and the number of its line."""

    number: int
    document: NewDocument


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
        self._batch: dict[DocumentRef, Line] = {}
        self._weight = 0
        self.report = BulkReport()

    async def add(self, new: NewDocument, line: int = 0) -> None:
        """Add a document to the batch, and store the batch if it is full. Reports name its line.

        A batch with the same id is stored first. Raises InvalidInput for an invalid document.
        """
        check_document(new, self._limits)
        weight = _weight(new)
        if new.ref in self._batch or self._weight + weight > BATCH_MAX_WEIGHT:
            await self.flush()
        self._batch[new.ref] = Line(line, new)
        self._weight += weight
        if len(self._batch) >= self._batch_documents:
            await self.flush()

    async def flush(self) -> None:
        """Store the batch. Lines that PostgreSQL refuses are reported.

        Raises DatabaseUnavailable or TooBusy. Then the batch may be stored in part.
        """
        if not self._batch:
            return
        await self._admission.admit(len(self._batch))
        await self._store_or_split(list(self._batch.values()))
        self._batch.clear()
        self._weight = 0

    async def _store_or_split(self, lines: Sequence[Line]) -> None:
        """Store lines. If one of them fails all, find it by halving, and reject it alone."""
        parts, slow = [lines], 0
        while parts:
            part = parts.pop()
            try:
                await self._store([line.document for line in part])
            except (DatabaseTimeout, DocumentNotStorable) as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
                    continue
                slow += isinstance(error, DatabaseTimeout)
                if slow > SLOW_LINES_MAX:
                    raise
                self._reject(part[0], error)

    def _reject(self, line: Line, error: InkdexError) -> None:
        is_slow = isinstance(error, DatabaseTimeout)
        reason = "takes PostgreSQL longer than its time limit to store" if is_slow else str(error)
        self.report.reject(line.number, line.document.ref.id, reason)

    async def _store(self, batch: Sequence[NewDocument]) -> None:
        async with self._database.connection() as connection:
            written, owed = await write_documents.accept_many(connection, batch, Lane.BULK)
        self._meter.documents_written(Lane.BULK, owed=owed, unchanged=len(batch) - owed)
        self.report.accepted += written
        self.report.unchanged += len(batch) - written
        if owed:
            self._wake_ups.wake(Lane.BULK, [new.ref.id for new in batch])


def _weight(new: NewDocument) -> int:
    """Return the size in bytes of an English text that takes as long to store."""
    text = f"{new.title or ''}{new.content}"
    size = len(text.encode())
    beyond_ascii = size - len(text)
    return size + BEYOND_ASCII_WEIGHT * beyond_ascii + len(json.dumps(new.metadata))
