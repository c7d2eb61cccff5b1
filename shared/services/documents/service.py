"""Documents: store, read, wait, list, delete, retry."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext, suppress
from typing import Any

from shared.db.documents import (
    delete_documents,
    fetch_documents,
    list_documents,
    read_documents,
    retry_documents,
    write_documents,
)
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.principal import Principal
from shared.domain.documents.document import (
    INTERACTIVE_MAX_BYTES,
    Document,
    DocumentState,
    Lane,
    NewDocument,
    lane_of_single_write,
)
from shared.domain.documents.fetched import Fetched
from shared.domain.documents.filters import Filter
from shared.domain.documents.listing import ExcerptPage, Listing, Page
from shared.domain.documents.merge_patch import check_patch, patched
from shared.domain.documents.validation import DocumentLimits, check_document, check_metadata
from shared.domain.documents.writes import LOST_RACES_MAX, WriteMode, WriteResult
from shared.domain.errors import DocumentExists, DocumentNotFound, VersionConflict
from shared.domain.operations.client import ANYONE, Client
from shared.domain.refs import Collection, DocumentRef, Tenant
from shared.ports.broker import WakeUps
from shared.ports.lexer import Lexer
from shared.ports.meters import ApiMeter
from shared.services.documents.admission import Admission
from shared.services.documents.bulk_import import BulkImport
from shared.services.documents.change import Change, change_document
from shared.services.documents.document_waiter import DocumentWaiter
from shared.services.documents.filtered_deletion import delete_filtered
from shared.services.documents.filtered_patch import FilteredPatch
from shared.services.documents.found_documents import record_change
from shared.services.events.event_feed import EventFeed


class DocumentService:
    """Stores documents at once. Workers embed them later; `wake_ups` must not block.

    Every write raises InvalidInput for a document that cannot be stored, TooBusy and QuotaExceeded.
    """

    def __init__(
        self,
        database: AsyncDatabase,
        lexer: Lexer,
        wake_ups: WakeUps,
        events: EventFeed,
        admission: Admission,
        limits: DocumentLimits,
        meter: ApiMeter,
    ) -> None:
        self._database = database
        self._lexer = lexer
        self._wake_ups = wake_ups
        self._waiter = DocumentWaiter(database, events)
        self._admission = admission
        self._limits = limits
        self._meter = meter

    @contextmanager
    def bulk_import(
        self, batch_documents: int, mode: WriteMode = WriteMode.UPSERT, client: Client = ANYONE
    ) -> Iterator[BulkImport]:
        """Start an import of a client; raises TooBusy."""
        with self._admission.importing(client):
            yield BulkImport(
                self._database,
                self._lexer,
                self._admission,
                self._limits,
                self._announce_writes,
                batch_documents,
                mode,
            )

    def check(self, new: NewDocument) -> None:
        """Raise InvalidInput for a document that cannot be stored. Every write does so itself."""
        check_document(new, self._limits)

    async def create(self, new: NewDocument) -> Document:
        """Store a document with a new id; raises DocumentExists."""
        self.check(new)
        result = await self._write(new, WriteMode.CREATE)
        if result.document is None:
            raise DocumentExists(new.ref)
        return self._announce(result)

    async def put(self, new: NewDocument) -> tuple[Document, bool]:
        """Create or replace a document; return it and whether it is new."""
        self.check(new)
        for _ in range(LOST_RACES_MAX):
            result = await self._write(new, WriteMode.UPSERT)
            if result.document is not None:
                return self._announce(result), result.created
        raise VersionConflict

    async def replace(self, new: NewDocument, version: int | None) -> Document:
        """Replace an existing document, at `version` if given; raises VersionConflict."""
        self.check(new)
        if version is not None:
            return self._announce(await self._write(new, WriteMode.REPLACE_VERSION, version))
        try:
            return await self._change(new.ref, lambda _: new, None, len(new.content))
        except DocumentNotFound:
            raise VersionConflict from None

    async def change(
        self, ref: DocumentRef, change: Change, expected_version: int | None, characters: int = 0
    ) -> Document:
        """Replace a document by `change(document)`. No other write comes in between.

        The new content has about `characters`, if it is not the stored one. Raises
        DocumentNotFound, VersionConflict and what `change` raises.
        """

        def checked(current: NewDocument) -> NewDocument:
            new = change(current)
            self.check(new)
            return new

        return await self._change(ref, checked, expected_version, characters)

    async def _change(
        self, ref: DocumentRef, change: Change, expected_version: int | None, characters: int
    ) -> Document:
        async with self._database.connection() as connection:
            stored = await read_documents.content_bytes(connection, ref)
        is_large = max(stored, characters) > INTERACTIVE_MAX_BYTES
        async with self._turn_to_lex(ref.collection.tenant, is_large=is_large):
            result = await change_document(
                self._database, self._lexer, self._admission.quotas, ref, change, expected_version
            )
        return self._announce(result)

    async def patch(
        self, ref: DocumentRef, changes: Mapping[str, Any], expected_version: int | None
    ) -> Document:
        """Apply a JSON merge patch; raises DocumentNotFound and VersionConflict."""
        check_patch(changes)
        characters = len(changes.get("content") or "")
        return await self.change(
            ref, lambda current: patched(current, changes), expected_version, characters
        )

    async def get(self, ref: DocumentRef, visible: Sequence[Filter] = ()) -> Document:
        """Return a document. Raises DocumentNotFound, also if it does not meet `visible`."""
        async with self._database.connection() as connection:
            document = await read_documents.read(connection, ref, visible)
        if document is None:
            raise DocumentNotFound(ref)
        return document

    async def wait(
        self,
        ref: DocumentRef,
        seconds: float,
        client: Client = ANYONE,
        visible: Sequence[Filter] = (),
    ) -> Document:
        """Return a document once it is no longer pending, or after `seconds`.

        If too many requests wait, those of the client with the most end early. Raises TooBusy.
        """
        if seconds <= 0:
            return await self.get(ref, visible)
        with self._admission.waits.holding(client) as ended:
            return await self._waiter.wait(ref, seconds, ended, lambda: self.get(ref, visible))

    async def states(
        self, collection: Collection, ids: Sequence[str], visible: Sequence[Filter] = ()
    ) -> list[DocumentState]:
        """Return the states of the documents that exist, in no order."""
        async with self._database.connection() as connection:
            return await read_documents.states(connection, collection, ids, visible)

    async def page(self, listing: Listing) -> Page:
        """Return a page of a list. Large documents make it shorter than its limit."""
        async with self._database.costly_connection(listing.collection.tenant) as connection:
            return await list_documents.page(connection, listing)

    async def excerpts(self, listing: Listing) -> ExcerptPage:
        """Return the documents of a page with the beginnings of their contents."""
        async with self._database.costly_connection(listing.collection.tenant) as connection:
            return await list_documents.excerpts(connection, listing)

    async def fetch(
        self, collection: Collection, ids: Sequence[str], visible: Sequence[Filter] = ()
    ) -> Fetched:
        """Return documents by their ids, as many as a page of a list may hold."""
        async with self._database.costly_snapshot(collection.tenant) as connection:
            return await fetch_documents.fetch(connection, collection, ids, visible)

    async def delete(self, ref: DocumentRef, expected_version: int | None) -> None:
        """Delete a document and its vectors; raises DocumentNotFound or VersionConflict."""
        async with self._database.connection() as connection:
            found, deleted = await delete_documents.delete(connection, ref, expected_version)
        if not found and expected_version is None:
            raise DocumentNotFound(ref)
        if not deleted and expected_version is not None:
            raise VersionConflict

    async def delete_filtered(
        self, caller: Principal, collection: Collection, filters: Sequence[Filter]
    ) -> int:
        """Delete the documents that meet all filters, in batches; return their number."""
        await record_change(self._database, caller, "documents.delete", collection, filters)
        return await delete_filtered(self._database, collection, filters)

    async def patch_filtered(
        self,
        caller: Principal,
        collection: Collection,
        filters: Sequence[Filter],
        metadata: Mapping[str, Any],
    ) -> int:
        """Patch the metadata of documents; see `FilteredPatch.apply`."""
        check_metadata(dict(metadata), "metadata")
        await record_change(self._database, caller, "documents.patch", collection, filters)

        async def patch_one(ref: DocumentRef) -> None:
            with suppress(DocumentNotFound):
                await self.patch(ref, {"metadata": metadata}, None)

        quotas = self._admission.quotas
        patch = FilteredPatch(self._database, quotas, self._limits, metadata, patch_one)
        return await patch.apply(collection, filters)

    async def retry(self, ref: DocumentRef) -> Document:
        """Make a failed document pending again. Other documents stay as they are."""
        async with self._database.connection() as connection:
            lanes, _ = await retry_documents.retry_failed(connection, ref.collection, ref.id)
        document = await self.get(ref)
        self._wake(lanes)
        return document

    async def retry_all(self, within: Collection | Tenant) -> int:
        """Make all failed documents of a collection or a tenant pending; return their number.

        Raises TooBusy. Then some may be pending, and the same request goes on.
        """
        retried: Counter[Lane] = Counter()
        after: int | None = 0
        while after is not None:
            async with self._database.connection() as connection:
                lanes, after = await retry_documents.retry_failed(connection, within, after=after)
            self._wake(lanes)
            retried += lanes
        return retried.total()

    async def _write(
        self, new: NewDocument, mode: WriteMode, expected_version: int | None = None
    ) -> WriteResult:
        tenant = new.ref.collection.tenant
        await self._admission.admit(tenant, 1)
        lane = lane_of_single_write(new)
        async with (
            self._admission.quotas.storing([new]),
            self._turn_to_lex(tenant, is_large=lane is Lane.BULK),
        ):
            (lexed,) = await self._lexer.lexed([new])
            async with self._database.connection() as connection, connection.transaction():
                return await write_documents.accept(connection, lexed, lane, mode, expected_version)

    def _turn_to_lex(self, tenant: Tenant, *, is_large: bool) -> AbstractAsyncContextManager[None]:
        """Wait until a document may be lexed. Large ones take long."""
        return self._database.costly_turn(tenant) if is_large else nullcontext()

    def _announce(self, result: WriteResult) -> Document:
        """Count a write and wake a worker; raises VersionConflict if nothing was written."""
        if result.document is None:
            raise VersionConflict
        owed, id_ = int(result.owed), result.document.ref.id
        self._announce_writes(result.document.lane, [id_], owed, 1 - owed)
        return result.document

    def _announce_writes(self, lane: Lane, ids: Sequence[str], owed: int, unchanged: int) -> None:
        self._meter.documents_written(lane, owed=owed, unchanged=unchanged)
        if owed:
            self._wake_ups.wake(lane, ids)

    def _wake(self, lanes: Iterable[Lane]) -> None:
        for lane in lanes:
            self._wake_ups.wake(lane, [])
