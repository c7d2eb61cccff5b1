"""Writes the parts of a file as documents on the bulk lane, and deletes former ones."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from shared.db.files import extractions, file_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.documents.validation import DocumentLimits
from shared.domain.errors import BrokerUnavailable, LeaseLost
from shared.domain.files.file import DueFile, numbers_of
from shared.domain.files.parts import ExtractionFailed, ExtractorVersion, FileErrorCode, Part
from shared.ports.broker import WakeUps
from shared.ports.lexer import Lexer
from shared.services.documents.admission import Admission
from shared.services.documents.bulk_import import BulkImport
from shared.services.files.reading import parts_of

BATCH_PARTS = 16
"""Their texts have up to 4 MiB."""


class DocumentWriter:
    """Writes documents as an import does: checked, within quotas, lexed, with jobs and events."""

    def __init__(
        self,
        database: AsyncDatabase,
        lexer: Lexer,
        admission: Admission,
        limits: DocumentLimits,
        wake_ups: WakeUps,
    ) -> None:
        self._database = database
        self._lexer = lexer
        self._admission = admission
        self._limits = limits
        self._wake_ups = wake_ups

    async def write(
        self, due: DueFile, parts: Path, count: int, extractor: ExtractorVersion
    ) -> None:
        """Make the parts the documents of the file.

        Raises LeaseLost, ExtractionFailed, InvalidInput, QuotaExceeded, TooBusy and
        DatabaseUnavailable. Then former documents may be replaced in part; the next attempt
        replaces the rest.
        """
        pages: int | None = None
        numbers = iter(numbers_of(count))
        stream = parts_of(parts)
        while batch := list(islice(stream, BATCH_PARTS)):
            await self._write(due, batch, list(islice(numbers, len(batch))))
            pages = _last_page(batch) or pages
        more = True
        while more:
            async with self._database.connection() as connection:
                more = await file_documents.delete_others(connection, due, numbers_of(count))
        async with self._database.connection() as connection:
            await extractions.done(connection, due, extractor, pages)

    async def _write(self, due: DueFile, batch: Sequence[Part], numbers: Sequence[int]) -> None:
        documents = [due.document(*each) for each in zip(batch, numbers, strict=True)]
        ids = [new.ref.id for new in documents]
        async with self._database.connection() as connection:
            if not await file_documents.note(connection, due, ids, numbers):
                raise LeaseLost
        owed = await self._store(due, documents)
        async with self._database.connection() as connection:
            for new, part in zip(documents, batch, strict=True):
                if part.marks:
                    await file_documents.locate(connection, new, part.marks)
        if owed:
            with suppress(BrokerUnavailable):  # the sweep finds them
                await asyncio.to_thread(self._wake_ups.wake, Lane.BULK, ids)

    async def _store(self, due: DueFile, documents: Sequence[NewDocument]) -> bool:
        """Store documents; return whether some are owed an embedding."""
        owing: list[int] = []
        bulk = BulkImport(
            self._database,
            self._lexer,
            self._admission,
            self._limits,
            _counting(owing),
            BATCH_PARTS,
        )
        bulk.report.import_key, bulk.file = due.import_key, due
        for new in documents:
            await bulk.add(new)
        await bulk.flush()
        if bulk.report.rejected_count:
            message = f"What was read cannot be stored: {bulk.report.rejected[0].error}"
            raise ExtractionFailed(FileErrorCode.UNREADABLE, message)
        return any(owing)


def _counting(owing: list[int]) -> Callable[[Lane, Sequence[str], int, int], None]:
    def count(_lane: Lane, _ids: Sequence[str], owed: int, _unchanged: int) -> None:
        owing.append(owed)

    return count


def _last_page(parts: Sequence[Part]) -> int | None:
    pages = (mark.number for part in parts for mark in part.marks if mark.unit == "page")
    return max(pages, default=None)
