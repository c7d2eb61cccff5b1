"""Receives files piece by piece. They count from `accept` on; without it nothing is left."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from shared.db.files import contents, files
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.limits import Usage
from shared.domain.access_errors import QuotaExceeded
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.validation import check_identifier, check_text
from shared.domain.errors import InkdexError, InvalidInput
from shared.domain.files.file import (
    PIECE_BYTES,
    QUOTA_EXCEEDED,
    FileOptions,
    FileRef,
    NewFile,
)
from shared.domain.files.parts import FileErrorCode
from shared.domain.refs import Collection, Tenant
from shared.services.access.quotas import TenantQuotas

INVALID_NAME = "invalid-name"
OTHER_SOURCE = "other-source"


class FileOfOtherSource(InkdexError):
    """Another source has a file or a document of this id."""

    def __init__(self) -> None:
        super().__init__("Another source has written a file or a document with this id.")


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """A file that is not stored, by the name that its sender gave it."""

    name: str
    code: str
    message: str


@dataclass(slots=True)
class _Receiving:
    """A file whose bytes arrive."""

    name: str
    media_type: str | None
    content_key: int
    size: int = 0
    pieces: int = 0
    buffer: bytearray = field(default_factory=bytearray)
    hash: Any = field(default_factory=sha256)

    def described(self, ref: FileRef, options: FileOptions, sweep: str | None) -> NewFile:
        digest, key = self.hash.digest(), self.content_key
        return NewFile(ref, self.name, self.media_type, self.size, digest, options, key, sweep)


class Upload:
    """The files of one request: `begin`, `add` and `end` for each of them, then `accept`.

    It holds at most one piece in memory. A tenant needs room for a file while it arrives.
    """

    def __init__(
        self,
        database: AsyncDatabase,
        quotas: TenantQuotas,
        tenant: Tenant,
        max_bytes: int,
        report: BulkReport,
    ) -> None:
        self._database = database
        self._quotas = quotas
        self._tenant = tenant
        self._max_bytes = max_bytes
        self._report = report
        self._current: _Receiving | None = None
        self._received: list[_Receiving] = []
        self._begun: list[int] = []
        self._held = Usage()
        self.rejected: list[RejectedFile] = []

    @property
    def buffered(self) -> int:
        """The bytes in memory."""
        return len(self._current.buffer) if self._current else 0

    @property
    def received(self) -> int:
        """The number of files that arrived whole."""
        return len(self._received)

    async def begin(self, name: str, media_type: str | None) -> None:
        """Receive a file from now on."""
        async with self._database.connection() as connection:
            key = await contents.begin(connection)
        self._begun.append(key)
        self._current = _Receiving(name, media_type, key)

    async def add(self, data: bytes) -> None:
        """Add bytes to the file. Those of a file that was rejected are ignored."""
        self._report.bytes += len(data)
        file = self._current
        if file is None:
            return
        file.size += len(data)
        if file.size > self._max_bytes:
            message = f"The file is larger than {self._max_bytes:,} bytes."
            self.reject(file.name, FileErrorCode.TOO_LARGE, message)
            return
        file.hash.update(data)
        file.buffer += data
        while self._current and len(file.buffer) >= PIECE_BYTES:
            await self._store(file)

    async def end(self) -> None:
        """End the file."""
        file = self._current
        if file is None:
            return
        if not file.size:
            self.reject(file.name, FileErrorCode.EMPTY, "The file has no bytes.")
            return
        if file.buffer:
            await self._store(file)
        if self._current:
            self._received.append(file)
        self._current = None

    def reject(self, name: str, code: str, message: str) -> None:
        """Report a file and ignore the rest of it."""
        self._current = None
        self.rejected.append(RejectedFile(name, code, message))
        self._report.reject(0, name, message)

    async def accept(
        self,
        collection: Collection,
        id_: str | None,
        options: FileOptions,
        sweep: str | None = None,
        *,
        keeps_others: bool = False,
    ) -> list[FileRef]:
        """Store the files that arrived whole; return their refs. The others are in `rejected`.

        `keeps_others`: what another source has written is not replaced.
        """
        accepted: list[FileRef] = []
        for file in self._received:
            ref = FileRef(collection, file.name if id_ is None else id_)
            try:
                check_identifier(ref.id, "id")
                check_text(file.name, "name")
                if keeps_others:
                    await self._require_own(ref, options.source)
                changed = await self._accept(file.described(ref, options, sweep))
            except FileOfOtherSource as error:
                self.reject(file.name, OTHER_SOURCE, str(error))
            except InvalidInput as error:
                self.reject(file.name, INVALID_NAME, str(error))
            except QuotaExceeded as error:
                self.reject(file.name, QUOTA_EXCEEDED, str(error))
            else:
                accepted.append(ref)
                self._report.accepted += changed
                self._report.unchanged += not changed
        if sweep is not None:
            await self._note_rejected(collection, id_, sweep)
        return list(dict.fromkeys(accepted))

    async def _require_own(self, ref: FileRef, source: str | None) -> None:
        async with self._database.connection() as connection:
            if await files.is_of_other_source(connection, ref, source):
                raise FileOfOtherSource

    async def _note_rejected(self, collection: Collection, id_: str | None, sweep: str) -> None:
        """Keep the former versions of what was sent but cannot be stored."""
        async with self._database.connection() as connection:
            for file in self.rejected:
                await files.note_sweep(connection, FileRef(collection, id_ or file.name), sweep)

    async def _accept(self, new: NewFile) -> bool:
        """Store a file; return whether it has to be extracted."""
        async with self._database.connection() as connection:
            former = await files.stored_size(connection, new.ref)
        async with (
            self._quotas.growing(self._tenant, max(0, new.size - former)),
            self._database.connection() as connection,
            connection.transaction(),
        ):
            return await files.accept(connection, new, self._report.import_key)

    async def discard(self) -> None:
        """Delete the bytes that no file has."""
        if self._begun:
            async with self._database.connection() as connection:
                await contents.discard(connection, self._begun)

    async def _store(self, file: _Receiving) -> None:
        piece = bytes(file.buffer[:PIECE_BYTES])
        del file.buffer[:PIECE_BYTES]
        try:
            await self._quotas.require_room(self._tenant, Usage(bytes=len(piece)), self._held)
        except QuotaExceeded as error:
            self.reject(file.name, QUOTA_EXCEEDED, str(error))
            return
        async with self._database.connection() as connection:
            await contents.add_piece(connection, file.content_key, file.pieces, piece)
        self._held += Usage(bytes=len(piece))
        file.pieces += 1
