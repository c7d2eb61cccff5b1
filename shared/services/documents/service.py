"""Documents as their writers know them: accept, read, wait, list, delete, retry."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString

from shared.db.documents import collections, documents, write_documents
from shared.db.documents.write_documents import CREATE, REPLACE_VERSION, UPSERT, Written
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.document import Document, Lane, NewDocument, Status
from shared.domain.errors import DocumentExists, DocumentNotFound, VersionConflict
from shared.ports.broker import WakeUps
from shared.services.documents.admission import Admission
from shared.services.documents.bulk_import import BulkImport
from shared.services.documents.document_waiter import DocumentWaiter
from shared.services.events.event_feed import EventFeed

LOST_RACES_MAX = 10
COLLECTIONS_MAX = 100


@dataclass(frozen=True, slots=True)
class Page:
    """A page of documents, newest first, and where the next one starts."""

    documents: list[Document]
    next_before: int | None


class DocumentService:
    """Stores documents at once and owes their embeddings; `wake_ups` must not block."""

    def __init__(
        self, database: AsyncDatabase, wake_ups: WakeUps, changes: EventFeed, admission: Admission
    ) -> None:
        self._database = database
        self._admission = admission
        self._wake_ups = wake_ups
        self._settling = DocumentWaiter(database, changes)
        self.written: Counter[tuple[Lane, bool]] = Counter()
        """Documents accepted, by lane and whether that made them owe an embedding."""

    @contextmanager
    def bulk_import(self, batch_documents: int) -> Iterator[BulkImport]:
        """Start an import; raises TooBusy."""
        with self._admission.importing():
            yield BulkImport(
                self._database, self._wake_ups, self._admission, batch_documents, self.written
            )

    async def create(self, new: NewDocument) -> Document:
        """Store a document of a new id; raises DocumentExists."""
        written = await self._accept(new, CREATE)
        if written.document is None:
            raise DocumentExists
        return self._woken(written)

    async def put(self, new: NewDocument) -> tuple[Document, bool]:
        """Create or replace a document; return it and whether it is new."""
        for _ in range(LOST_RACES_MAX):
            written = await self._accept(new, UPSERT)
            if written.document is not None:
                return self._woken(written), written.created
        raise VersionConflict

    async def replace(self, new: NewDocument, version: int | None) -> Document:
        """Replace a document that exists, at `version` if given; raises VersionConflict."""
        if version is not None:
            return self._woken(await self._accept(new, REPLACE_VERSION, version))
        try:
            return await self.revise(new.collection, new.id, lambda _: new, None)
        except DocumentNotFound:
            raise VersionConflict from None

    async def revise(
        self,
        collection: str,
        id_: str,
        revise: Callable[[NewDocument], NewDocument],
        expected_version: int | None,
    ) -> Document:
        """Replace a document by what `revise` makes of it, with nobody writing in between.

        Raises DocumentNotFound, VersionConflict and what `revise` raises.
        """
        async with self._database.connection() as connection, connection.transaction():
            current = await documents.read_locked(connection, collection, id_)
            if current is None:
                raise DocumentNotFound
            if expected_version not in {None, current.version}:
                raise VersionConflict
            written = await write_documents.accept(
                connection,
                revise(_as_written(current)),
                Lane.INTERACTIVE,
                REPLACE_VERSION,
                current.version,
            )
        return self._woken(written)

    async def get(self, collection: str, id_: str) -> Document:
        """Return a document; raises DocumentNotFound."""
        async with self._database.connection() as connection:
            document = await documents.read(connection, collection, id_)
        if document is None:
            raise DocumentNotFound
        return document

    async def wait(self, collection: str, id_: str, seconds: float) -> Document:
        """Return a document as soon as it is not pending, or as it is after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            with self._settling.awaited(collection, id_) as settled:
                document = await self.get(collection, id_)
                left = deadline - time.monotonic()
                if document.status is not Status.PENDING or left <= 0:
                    return document
                await asyncio.wait([settled], timeout=left)

    async def page(
        self, collection: str, status: Status | None, before: int | None, limit: int
    ) -> Page:
        """Return up to `limit` documents older than `before`."""
        async with self._database.connection() as connection:
            return Page(*await documents.page(connection, collection, status, before, limit))

    async def collections(self) -> list[str]:
        """Return the first COLLECTIONS_MAX collections by name."""
        async with self._database.connection() as connection:
            return await collections.names(connection, COLLECTIONS_MAX)

    async def delete(self, collection: str, id_: str, expected_version: int | None) -> None:
        """Delete a document and its vectors; raises DocumentNotFound or VersionConflict."""
        async with self._database.connection() as connection:
            found, gone = await documents.delete(connection, collection, id_, expected_version)
        if not found:
            raise DocumentNotFound if expected_version is None else VersionConflict
        if not gone and expected_version is not None:
            raise VersionConflict

    async def retry(self, collection: str, id_: str) -> Document:
        """Make a failed document pending again; any other stays as it is."""
        async with self._database.connection() as connection:
            lanes, _ = await documents.retry_failed(connection, collection, id_)
        document = await self.get(collection, id_)
        self._wake(lanes)
        return document

    async def retry_all(self, collection: str | None) -> int:
        """Make every failed document pending again, of one collection or all; return how many."""
        retried: Counter[Lane] = Counter()
        after: int | None = 0
        while after is not None:
            async with self._database.connection() as connection:
                lanes, after = await documents.retry_failed(connection, collection, after=after)
            self._wake(lanes)
            retried += lanes
        return retried.total()

    async def _accept(
        self, new: NewDocument, write: LiteralString, expected_version: int | None = None
    ) -> Written:
        await self._admission.admit(1)
        async with self._database.connection() as connection:
            return await write_documents.accept(
                connection, new, Lane.INTERACTIVE, write, expected_version
            )

    def _woken(self, written: Written) -> Document:
        if written.document is None:
            raise VersionConflict
        self.written[Lane.INTERACTIVE, written.owed] += 1
        if written.owed:
            self._wake_ups.wake(Lane.INTERACTIVE, [written.document.id])
        return written.document

    def _wake(self, lanes: Iterable[Lane]) -> None:
        for lane in lanes:
            self._wake_ups.wake(lane, [])


def _as_written(document: Document) -> NewDocument:
    return NewDocument(
        document.id, document.collection, document.title, document.content, document.metadata
    )
