"""Bulk import: documents in batches on the bulk lane, in constant memory."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from shared.db.documents import sent_vectors, write_documents
from shared.db.files import extractions
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.access_errors import QuotaExceeded
from shared.domain.database_errors import DatabaseTimeout
from shared.domain.documents.bulk_report import NOT_REPLACED, BulkReport
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.documents.validation import DocumentLimits, check_document
from shared.domain.documents.writes import BatchResult, WriteMode
from shared.domain.embedding.sent_vectors import SentVectors
from shared.domain.errors import DocumentNotStorable, InkdexError
from shared.domain.files.file import DueFile
from shared.domain.refs import DocumentRef, Tenant
from shared.domain.search.lexing.documents import LexedDocument
from shared.ports.lexer import Lexer
from shared.services.documents.admission import Admission

BATCH_MAX_WEIGHT = 4 * 1024 * 1024
"""A statement of this weight takes up to 4 seconds; its time limit is 10."""
BEYOND_ASCII_WEIGHT = 5
"""Extra weight of each byte of a character beyond its first. In Chinese, Japanese and Thai every
character and pair of characters is a lexeme, so a megabyte takes four times as long as English."""
METADATA_WEIGHT = 3
"""Metadata of many values takes the event loop longer to encode than text."""

SLOW_LINES_MAX = 5
"""If more lines of a batch reach the time limit, PostgreSQL itself is slow."""


Announce = Callable[[Lane, Sequence[str], int, int], None]
"""Tells others of documents by their ids: how many need an embedding, and how many do not."""


class Line(NamedTuple):
    """A document, the number of its line, and the vectors that came with it."""

    number: int
    document: NewDocument
    vectors: SentVectors | None


class BulkImport:
    """One running import: `add` each document, `flush` at the end."""

    def __init__(
        self,
        database: AsyncDatabase,
        lexer: Lexer,
        admission: Admission,
        limits: DocumentLimits,
        announce: Announce,
        batch_documents: int,
        mode: WriteMode = WriteMode.UPSERT,
    ) -> None:
        self._database = database
        self._lexer = lexer
        self._admission = admission
        self._limits = limits
        self._announce = announce
        self._batch_documents = batch_documents
        self._mode = mode
        self._batch: dict[DocumentRef, Line] = {}
        self._weight = 0
        self.report = BulkReport()
        self.file: DueFile | None = None
        """The file that the documents are of. What is written without its lease is void."""

    @property
    def buffered(self) -> int:
        """The number of documents that are not stored yet."""
        return len(self._batch)

    async def add(
        self, new: NewDocument, line: int = 0, vectors: SentVectors | None = None
    ) -> None:
        """Add a document to the batch, and store the batch if it is full. Reports name its line.

        A batch with the same id is stored first. Raises InvalidInput for an invalid document.
        """
        check_document(new, self._limits)
        weight = _weight(new) + (len(vectors.chunks) if vectors else 0)
        if new.ref in self._batch or self._weight + weight > BATCH_MAX_WEIGHT:
            await self.flush()
        self._batch[new.ref] = Line(line, new, vectors)
        self.report.collections.add(new.ref.collection)
        self.report.vectors_taken += vectors is not None
        self._weight += weight
        if len(self._batch) >= self._batch_documents:
            await self.flush()

    async def flush(self) -> None:
        """Store the batch. Lines that PostgreSQL refuses are reported.

        Raises DatabaseUnavailable, TooBusy, QuotaExceeded or LeaseLost. Then the batch may be
        stored in part.
        """
        if not self._batch:
            return
        await self._admission.admit(_tenant(self._batch), len(self._batch))
        await self._store_or_split(list(self._batch.values()))
        self._batch.clear()
        self._weight = 0

    async def _store_or_split(self, lines: Sequence[Line]) -> None:
        """Store lines. If one of them fails all, find it by halving, and reject it alone.

        A quota lets the lines before its end be stored.
        """
        parts, slow = [lines], 0
        while parts:
            part = parts.pop()
            try:
                await self._store([line.document for line in part])
            except (DatabaseTimeout, DocumentNotStorable, QuotaExceeded) as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
                    continue
                slow += isinstance(error, DatabaseTimeout)
                most_slow = 0 if self.file else SLOW_LINES_MAX  # a file is tried again as a whole
                if slow > most_slow or isinstance(error, QuotaExceeded):
                    raise
                self._reject(part[0], error)

    def _reject(self, line: Line, error: InkdexError) -> None:
        is_slow = isinstance(error, DatabaseTimeout)
        reason = "takes PostgreSQL longer than its time limit to store" if is_slow else str(error)
        self.report.reject(line.number, line.document.ref.id, reason)

    async def _store(self, batch: Sequence[NewDocument]) -> None:
        tenant = _tenant(document.ref for document in batch)
        async with self._admission.quotas.storing(batch), self._database.costly_turn(tenant):
            lexed = await self._lexer.lexed(batch)
            async with self._database.connection() as connection, connection.transaction():
                result = await self._write(connection, lexed)
                refused = await self._refused(connection, batch, result)
                await self._keep_vectors(connection, batch)
        self._count(batch, result, refused)

    async def _write(
        self, connection: AsyncConnection, batch: Sequence[LexedDocument]
    ) -> BatchResult:
        file_key = self.file.key if self.file else None
        result = await write_documents.accept_many(
            connection, batch, Lane.BULK, self._mode, self.report.import_key, file_key
        )
        if self.file is not None:
            await extractions.hold(connection, self.file)
        return result

    async def _keep_vectors(
        self, connection: AsyncConnection, batch: Sequence[NewDocument]
    ) -> None:
        if sent := self._vectors_of(batch):
            await sent_vectors.keep(connection, sent, self.report.import_key)

    def _vectors_of(self, batch: Sequence[NewDocument]) -> list[tuple[NewDocument, SentVectors]]:
        lines = (self._batch[new.ref] for new in batch)
        return [(line.document, line.vectors) for line in lines if line.vectors is not None]

    async def _refused(
        self, connection: AsyncConnection, batch: Sequence[NewDocument], result: BatchResult
    ) -> dict[DocumentRef, str | None]:
        """Return the documents that were not replaced because another source wrote them."""
        if self._mode is not WriteMode.UPSERT_SAME_SOURCE or result.changed == len(batch):
            return {}
        return await write_documents.of_other_sources(connection, batch)

    def _count(
        self,
        batch: Sequence[NewDocument],
        result: BatchResult,
        refused: dict[DocumentRef, str | None],
    ) -> None:
        stored = len(batch) - len(refused)
        ids = [new.ref.id for new in batch]
        self._announce(Lane.BULK, ids, result.owed, stored - result.owed)
        self.report.accepted += result.changed
        self.report.replaced += result.replaced
        self.report.unchanged += stored - result.changed
        for ref, source in refused.items():
            self.report.reject(self._batch[ref].number, ref.id, _refusal(source))


def _refusal(source: str | None) -> str:
    origin = "has no source" if source is None else f"is from the source {source!r}"
    return f"id: {NOT_REPLACED}, because the document with this id {origin}"


def _weight(new: NewDocument) -> int:
    """Return the size in bytes of an English text that takes as long to store."""
    text = f"{new.title or ''}{new.content}"
    size = len(text.encode())
    beyond_ascii = size - len(text)
    return (
        size + BEYOND_ASCII_WEIGHT * beyond_ascii + METADATA_WEIGHT * len(json.dumps(new.metadata))
    )


def _tenant(refs: Iterable[DocumentRef]) -> Tenant:
    """Return the tenant of documents, which is that of the import."""
    return next(iter(refs)).collection.tenant
