"""Extracts files in a worker: claims one, reads it, and writes its parts as documents.

It runs in an event loop of its own, because documents are written by the code of imports.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import structlog

from shared.db.files import contents, extractions, file_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access_errors import QuotaExceeded
from shared.domain.database_errors import DatabaseTimeout, DatabaseUnavailable
from shared.domain.errors import InvalidInput, LeaseLost, TooBusy
from shared.domain.files.file import (
    QUOTA_EXCEEDED,
    RETRY,
    TRIED_AGAIN,
    WRITE_RETRY,
    DueFile,
    is_newer,
)
from shared.domain.files.parts import ExtractionFailed, FileErrorCode
from shared.domain.resilience.retry import RetryPolicy
from shared.ports.extraction import Extractor
from shared.services.files.reading import ReadingStopped, copy_to, read_parts
from shared.services.files.writing import DocumentWriter

log = structlog.get_logger()

AT_ONCE = 2
"""Files that a worker extracts at the same time. A large one leaves room for another."""
IDLE_SECONDS = 0.5
BUSY_SECONDS = 10.0
"""How long a file waits if there is too much to embed, or at first if the machine is to blame."""
EXTRACTED_AGAIN = 4
"""So many files of a former extractor wait at once, so that new ones need not wait for them."""
UPKEEP_SECONDS = 5.0


class FileExtraction:
    """Extracts files until the worker stops. A lease keeps others from the same file."""

    def __init__(
        self,
        database: AsyncDatabase,
        extractor: Extractor,
        writer: DocumentWriter,
        lease_seconds: float,
        stopping: Callable[[], bool],
    ) -> None:
        self._database = database
        self._extractor = extractor
        self._writer = writer
        self._lease_seconds = lease_seconds
        self._stopping = stopping
        self._held: set[UUID] = set()
        self._looking = asyncio.Lock()

    async def run(self) -> None:
        """Extract files until the worker stops. Raises DatabaseUnavailable; call it again then."""
        await self._release(self._held)
        upkeep = asyncio.create_task(self._keep_up())
        try:
            async with asyncio.TaskGroup() as slots:
                for _ in range(AT_ONCE):
                    slots.create_task(self._extract_due())
        except* DatabaseUnavailable as errors:
            raise errors.exceptions[0] from None
        finally:
            upkeep.cancel()
            await asyncio.wait({upkeep})
            await self._release(self._held)

    async def extract_one(self) -> bool:
        """Extract the next file; return whether there was one."""
        due = await self._claim()
        if due is not None:
            await self._extract_leased(due)
        return due is not None

    async def _claim(self) -> DueFile | None:
        async with self._database.connection() as connection:
            due = await extractions.claim(connection, self._lease_seconds)
        if due is not None:
            self._held.add(due.token)
        return due

    async def _extract_leased(self, due: DueFile) -> None:
        extracting = asyncio.create_task(self._extract(due))
        renewing = asyncio.create_task(self._renew(due))
        try:
            # The lease is lost, or the extraction has ended.
            await asyncio.wait({extracting, renewing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (extracting, renewing):
                task.cancel()
            await asyncio.wait({extracting, renewing})
        for task in (extracting, renewing):
            if not task.cancelled():
                task.result()
        await self._release({due.token})

    async def extract_again(self) -> None:
        """Let some files wait that a former version of the extractor has read."""
        async with self._database.connection() as connection:
            for stored, name, media_type in await extractions.versions(connection):
                with suppress(ExtractionFailed):
                    if is_newer(self._extractor.extractor_of(name, media_type), stored):
                        await extractions.extract_again(connection, stored, EXTRACTED_AGAIN)

    async def clean_up(self) -> None:
        """Delete what is left of deleted files and of uploads that broke off."""
        async with self._database.connection() as connection:
            while key := await file_documents.deleted_file(connection):
                while await file_documents.delete_all(connection, key):
                    pass
                await contents.discard(connection, await file_documents.forget(connection, key))
            while await contents.purge(connection):
                pass

    async def _extract_due(self) -> None:
        while not self._stopping():
            if due := await self._next_due():
                await self._extract_leased(due)

    async def _next_due(self) -> DueFile | None:
        """Return the next file, or None after a while. One slot at a time looks for it."""
        async with self._looking:
            due = None if self._stopping() else await self._claim()
            if due is None:
                await asyncio.sleep(IDLE_SECONDS)
            return due

    async def _keep_up(self) -> None:
        while not self._stopping():
            try:
                await self.clean_up()
                await self.extract_again()
            except Exception:
                log.exception("files.upkeep_failed")
            await asyncio.sleep(UPKEEP_SECONDS)

    async def _renew(self, due: DueFile) -> None:
        """Return when the lease is lost or the worker stops."""
        interval = self._lease_seconds / 5
        while not self._stopping():
            await asyncio.sleep(min(interval, IDLE_SECONDS))
            async with self._database.connection() as connection:
                if not await extractions.renew(connection, due, self._lease_seconds):
                    return
        # The process that reads the file may need longer than is left.
        await self._release({due.token})

    async def _release(self, tokens: AbstractSet[UUID]) -> None:
        """Give back the leases of extractions that have ended or broken off."""
        ours = tokens & self._held
        if ours:
            async with self._database.connection() as connection:
                await extractions.release(connection, list(ours))
            self._held -= ours

    async def _extract(self, due: DueFile) -> None:
        try:
            _require_attempts(due)
            with tempfile.TemporaryDirectory(prefix="inkdex-") as folder:
                await self._read_and_write(due, Path(folder))
        except ExtractionFailed as error:
            retry = RETRY if error.code in TRIED_AGAIN else None
            await self._fail(due, error.code, str(error), retry)
        except InvalidInput as error:
            message = f"What was read cannot be stored: {error}"
            await self._fail(due, FileErrorCode.UNREADABLE, message)
        except QuotaExceeded as error:
            await self._fail(due, QUOTA_EXCEEDED, str(error))
        except LeaseLost:
            pass
        except TooBusy:
            await self._postpone(due, BUSY_SECONDS)
        except OSError as error:  # the disk is full, or the machine starts no process
            log.warning("file.postponed", **_named(due), file_key=due.key, error=str(error))
            await self._postpone(due, RETRY.cap_seconds)
        except DatabaseTimeout as error:
            await self._fail(due, FileErrorCode.TIMED_OUT, str(error), WRITE_RETRY)
        except DatabaseUnavailable:
            raise
        except Exception:
            log.exception("file.extraction_broke")
            message = "Reading the file failed unexpectedly. The worker's log has the details."
            await self._fail(due, FileErrorCode.UNREADABLE, message, RETRY)

    async def _postpone(self, due: DueFile, longest_seconds: float) -> None:
        async with self._database.connection() as connection:
            await extractions.postpone(connection, due, BUSY_SECONDS, longest_seconds)

    async def _read_and_write(self, due: DueFile, folder: Path) -> None:
        extractor = self._extractor.extractor_of(due.name, due.media_type)
        source, parts = folder / "file", folder / "parts"
        await copy_to(self._database, due, source)
        count = await self._read(due, source, parts)
        source.unlink()
        if not count:
            raise ExtractionFailed(FileErrorCode.EMPTY)
        await self._writer.write(due, parts, count, extractor)
        log.info("file.extracted", **_named(due), documents=count)

    async def _read(self, due: DueFile, source: Path, target: Path) -> int:
        """Read a file in a thread, which is told to stop if this is cancelled."""
        is_stopped = False

        def stopped() -> bool:
            return is_stopped or self._stopping()

        reading = asyncio.create_task(
            asyncio.to_thread(read_parts, self._extractor, due, source, target, stopped)
        )
        try:
            return await asyncio.shield(reading)
        except ReadingStopped:
            raise LeaseLost from None
        finally:
            is_stopped = True
            # No other file begins before this one has let go of its process.
            await asyncio.wait({reading})
            reading.exception()  # it has been seen, also if this is cancelled

    async def _fail(
        self, due: DueFile, code: str, message: str, retry: RetryPolicy | None = None
    ) -> None:
        attempts = due.attempts + 1
        delay = retry.delay(attempts, random.random()) if retry else None  # noqa: S311 - jitter
        async with self._database.connection() as connection:
            await extractions.failed(connection, due, (code, message), attempts, delay)
        log.info(
            "file.failed",
            **_named(due),
            code=str(code),
            attempts=attempts,
            again=delay is not None,
        )


def _named(due: DueFile) -> dict[str, str]:
    """Return what logs say of a file, whose id may be secret."""
    return {"tenant": due.ref.collection.tenant.name, "collection": due.ref.collection.name}


def _require_attempts(due: DueFile) -> None:
    """Raise ExtractionFailed for a file whose readers have died."""
    if due.reader_died and due.attempts >= RETRY.max_attempts:
        message = f"{due.attempts} workers have stopped while they read the file."
        raise ExtractionFailed(FileErrorCode.UNREADABLE, message)
