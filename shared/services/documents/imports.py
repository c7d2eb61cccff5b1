"""The handles of imports: record what comes in, and tell how many documents are ready."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from shared.db.documents import import_reasons, imports, read_imports
from shared.db.documents.imports import ImportRequest, Received
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.principal import Action, Principal
from shared.domain.access.visible_imports import may_see
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.documents.bulk_report import BulkReport, NotSent
from shared.domain.documents.imports import (
    RECEIVING_SECONDS,
    Import,
    ImportFailure,
    ImportRejection,
)
from shared.domain.errors import ImportNotFound
from shared.domain.paging import page_of
from shared.domain.refs import Collection, Tenant

RECORD_SECONDS = 1.0
STILL_RECEIVING = int(RECEIVING_SECONDS / 3 / RECORD_SECONDS)
"""A request says that it still receives after so many seconds, even if nothing came."""


class ImportService:
    """Keeps a handle of each import. Several requests with one id are one import."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    @asynccontextmanager
    async def receiving(
        self, tenant: Tenant, id_: UUID, report: BulkReport, quiet_seconds: float = 0.0
    ) -> AsyncIterator[None]:
        """Record in the background what a request reports in the block.

        It broke off if the block raises. The import waits for another request for `quiet_seconds`.
        Raises DatabaseUnavailable before the block.
        """
        async with self._database.connection() as connection:
            begun = await imports.begin(connection, tenant, id_)
        report.import_key = begun.key
        request = _Request(self._database, begun, report)
        recording = asyncio.create_task(request.record())
        broke_off = True
        try:
            yield
            broke_off = False
        finally:
            request.ended.set()
            await recording
            await request.end(broke_off=broke_off, quiet_seconds=quiet_seconds)

    async def tell(self, caller: Principal, id_: UUID, not_sent: NotSent) -> None:
        """Record what of an import a client did not send, unless it was told before.

        Raises ImportNotFound for an import that the caller may not see, and DatabaseUnavailable.
        """
        async with self._database.connection() as connection, connection.transaction():
            told = await imports.tell(connection, caller.tenant, id_)
            if not may_see(caller, told):
                raise ImportNotFound(id_)
            known = await import_reasons.named(connection, told.request.key, not_sent.names)
            new = not_sent.without(known)
            if new:
                await imports.add(connection, told.request, _received(new))

    async def end(self, caller: Principal, id_: UUID) -> None:
        """Wait for no further request of an import.

        Raises Forbidden and ImportNotFound.
        """
        whole = await self.get(caller, id_)
        async with self._database.connection() as connection:
            await imports.close(connection, whole.key)

    async def get(self, caller: Principal, id_: UUID) -> Import:
        """Return an import of collections that the caller may write to.

        Raises Forbidden and ImportNotFound.
        """
        caller.require(Action.WRITE)
        async with self._database.costly_connection(caller.tenant) as connection:
            found = await read_imports.read(connection, caller.tenant, id_)
        if found is None or not may_see(caller, found):
            raise ImportNotFound(id_)
        return found

    async def rejected(
        self, caller: Principal, id_: UUID, after: int, limit: int, *, are_skipped: bool
    ) -> tuple[Import, Sequence[ImportRejection], int | None]:
        """Return an import, its rejections behind a number, and where the next page begins.

        Or what was skipped, with `are_skipped`.

        Raises Forbidden and ImportNotFound.
        """
        whole = await self.get(caller, id_)
        async with self._database.connection() as connection:
            found = await import_reasons.rejected(
                connection, whole.key, after, limit + 1, are_skipped=are_skipped
            )
        page, last = page_of(found, limit)
        return whole, page, last.number if last else None

    async def failed(
        self, caller: Principal, id_: UUID, limit: int
    ) -> tuple[list[ImportFailure], bool]:
        """Return what of an import has failed, up to a limit, and whether that is all.

        Raises Forbidden and ImportNotFound.
        """
        whole = await self.get(caller, id_)
        async with self._database.costly_connection(caller.tenant) as connection:
            found = await import_reasons.failed(connection, whole.key, limit + 1)
        return found[:limit], len(found) <= limit

    async def page(
        self, caller: Principal, before: int | None, limit: int
    ) -> tuple[list[Import], int | None]:
        """Return imports that the caller may see, newest first, and where the next page begins.

        A page can be shorter than its limit.
        """
        async with self._database.costly_connection(caller.tenant) as connection:
            found = await read_imports.page(connection, caller.tenant, before, limit + 1)
        page, last = page_of(found, limit)
        return _visible(caller, page), last.key if last else None

    async def page_into(
        self, caller: Principal, collection: Collection, before: int | None, limit: int
    ) -> tuple[list[Import], int | None]:
        """Return those of one collection, likewise."""
        async with self._database.costly_snapshot(caller.tenant) as connection:
            found, end = await read_imports.page_into(connection, collection, before, limit + 1)
        page, last = page_of(found, limit)
        return _visible(caller, page), last.key if last else end


def _visible(caller: Principal, found: Sequence[Import]) -> list[Import]:
    return [each for each in found if may_see(caller, each)]


def _received(not_sent: NotSent) -> Received:
    return Received(
        rejected=not_sent.rejected,
        skipped=not_sent.skipped,
        collections={not_sent.collection},
        rejections=list(not_sent.named),
    )


class _Request:
    """One request of an import, whose report is recorded as it grows."""

    def __init__(self, database: AsyncDatabase, request: ImportRequest, report: BulkReport) -> None:
        self._database = database
        self._request = request
        self._report = report
        self._recorded = Received()
        self.ended = asyncio.Event()

    async def record(self) -> None:
        """Record every second what has come, until the request has ended."""
        quiet = 0
        while not await self._has_ended():
            quiet += 1
            received = self._received()
            if received == Received() and quiet < STILL_RECEIVING:
                continue
            with suppress(DatabaseUnavailable):
                async with self._database.connection() as connection:
                    await imports.record(connection, self._request, received)
                self._count(received)
                quiet = 0

    async def end(self, *, broke_off: bool, quiet_seconds: float) -> None:
        """Record the end. If PostgreSQL does not answer, a worker notices it."""
        with suppress(DatabaseUnavailable):
            async with self._database.connection() as connection:
                received = self._received()
                await imports.end(
                    connection,
                    self._request,
                    received,
                    broke_off=broke_off,
                    quiet_seconds=quiet_seconds,
                )

    async def _has_ended(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(RECORD_SECONDS):
                await self.ended.wait()
        return self.ended.is_set()

    def _received(self) -> Received:
        """Return what came since it was last recorded."""
        report, before = self._report, self._recorded
        return Received(
            report.accepted - before.accepted,
            report.unchanged - before.unchanged,
            report.rejected_count - before.rejected,
            bytes=report.bytes - before.bytes,
            collections=report.collections - before.collections,
            rejections=report.rejected[before.rejected :],
        )

    def _count(self, received: Received) -> None:
        before = self._recorded
        self._recorded = Received(
            before.accepted + received.accepted,
            before.unchanged + received.unchanged,
            before.rejected + received.rejected,
            bytes=before.bytes + received.bytes,
            collections=before.collections | received.collections,
        )
