"""Files: receive, read, wait, list, delete, retry. Workers extract them."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from shared.db.documents import retry_documents
from shared.db.files import contents, file_documents, files
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.limits import Usage
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.filters import Filter
from shared.domain.errors import FileNotFound, TooManyUnsent
from shared.domain.files.file import File, FileListing, FileRef, FileStatus, Unsent
from shared.domain.operations.client import Client
from shared.services.access.quotas import TenantQuotas
from shared.services.documents.admission import Admission
from shared.services.files.upload import Upload

READ_EVERY_SECONDS = 0.25
BATCH_FILES = 100
SMALLEST = Usage(documents=1, bytes=1)
SETTLED = frozenset({FileStatus.READY, FileStatus.FAILED})


class FileService:
    """Keeps files. A caller with a filter sees none, because filters are about documents."""

    def __init__(
        self, database: AsyncDatabase, admission: Admission, quotas: TenantQuotas, max_bytes: int
    ) -> None:
        self._database = database
        self._admission = admission
        self._quotas = quotas
        self._max_bytes = max_bytes

    @asynccontextmanager
    async def upload(
        self, client: Client, report: BulkReport | None = None
    ) -> AsyncIterator[Upload]:
        """Receive the files of a request, and report them; raises TooBusy and QuotaExceeded."""
        await self._quotas.require_room(client.tenant, SMALLEST)
        with self._admission.importing(client):
            upload = Upload(
                self._database,
                self._quotas,
                client.tenant,
                self._max_bytes,
                BulkReport() if report is None else report,
            )
            try:
                yield upload
            finally:
                with suppress(DatabaseUnavailable):  # a worker deletes them later
                    await asyncio.shield(upload.discard())

    async def get(self, ref: FileRef, visible: Sequence[Filter] = ()) -> File:
        """Return a file; raises FileNotFound."""
        async with self._database.connection() as connection:
            found = None if visible else await files.read(connection, ref)
        if found is None:
            raise FileNotFound(ref.collection, ref.id)
        return found

    async def every(self, refs: Sequence[FileRef]) -> list[File]:
        """Return those of the files that exist."""
        async with self._database.connection() as connection:
            found = [await files.read(connection, ref) for ref in refs]
        return [file for file in found if file is not None]

    async def wait(
        self, ref: FileRef, seconds: float, client: Client, visible: Sequence[Filter] = ()
    ) -> File:
        """Return a file once it is ready or failed, or after `seconds`; raises TooBusy, too."""
        if seconds <= 0:
            return await self.get(ref, visible)
        deadline = time.monotonic() + seconds
        with self._admission.waits.holding(client) as ended:
            while True:
                file = await self.get(ref, visible)
                left = deadline - time.monotonic()
                if file.status in SETTLED or left <= 0 or ended.done():
                    return file
                await asyncio.wait([ended], timeout=min(left, READ_EVERY_SECONDS))

    async def page(
        self, listing: FileListing, visible: Sequence[Filter] = ()
    ) -> tuple[list[File], int | None]:
        """Return a page of files, and the key after which the next one starts."""
        if visible:
            return [], None
        async with self._database.costly_connection(listing.collection.tenant) as connection:
            found, more = await files.some(connection, listing)
        return found, found[-1].key if more else None

    async def retry(self, ref: FileRef) -> File:
        """Extract a file again that could not be read, or embed its failed documents again."""
        async with self._database.connection() as connection:
            await files.retry(connection, ref)
            for id_ in await files.documents_of(connection, ref):
                await retry_documents.retry_failed(connection, ref.collection, id_)
        return await self.get(ref)

    async def delete(self, ref: FileRef) -> None:
        """Delete a file and its documents; raises FileNotFound.

        If the request breaks off, a worker deletes the rest. The file is not found any more.
        """
        async with self._database.connection() as connection:
            key = await files.mark_deleted(connection, ref)
        if key is None:
            raise FileNotFound(ref.collection, ref.id)
        await self._delete_marked(ref, key)

    async def delete_unsent(self, unsent: Unsent, *, all_of_them: bool) -> int:
        """Delete the files of a source that a sweep did not send; return their number.

        Raises TooManyUnsent if that is more than half of them, unless all may go.
        """
        async with self._database.costly_connection(unsent.collection.tenant) as connection:
            count, total = await files.count_unsent(connection, unsent)
        if 2 * count > total and not all_of_them:
            raise TooManyUnsent(count, total)
        return await self._delete_unsent(unsent, count)

    async def _delete_unsent(self, unsent: Unsent, most: int) -> int:
        """Delete so many files at most. Those that are sent meanwhile stay."""
        deleted, after = 0, 0
        while left := min(BATCH_FILES, most - deleted):
            async with self._database.connection() as connection:
                found = await files.some_unsent(connection, unsent, after, left)
            if not found:
                break
            for key, id_ in found:
                async with self._database.connection() as connection:
                    is_marked = await files.mark_unsent(connection, unsent, id_)
                if is_marked:
                    await self._delete_marked(FileRef(unsent.collection, id_), key)
                    deleted += 1
            after = found[-1][0]
        return deleted

    async def _delete_marked(self, ref: FileRef, key: int) -> None:
        more = True
        while more:
            async with self._database.costly_connection(ref.collection.tenant) as connection:
                more = await file_documents.delete_all(connection, key)
        async with self._database.connection() as connection:
            await contents.discard(connection, await file_documents.forget(connection, key))
