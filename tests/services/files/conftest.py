"""The extraction of files with an extractor and a model that tests control."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.adapters.lexing.process_lexer import ProcessLexer
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.limits import Limits
from shared.domain.documents.document import NewDocument
from shared.domain.files.file import FileOptions, FileRef
from shared.domain.operations.client import ANYONE
from shared.domain.search.lexing.documents import LexedDocument
from shared.ports.extraction import Extractor
from shared.ports.lexer import Lexer
from shared.ports.meters import ApiMeter
from shared.services.access.allowances import Allowances
from shared.services.access.quotas import TenantQuotas
from shared.services.documents.admission import Admission
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.support.collections import named
from tests.support.extractors import FakeExtractor
from tests.support.worker_harness import RecordedWakeUps
from worker.extraction import file_extraction

MAX_BYTES = 3 * 1024 * 1024

Send = Callable[..., Awaitable[FileRef]]
MakeExtraction = Callable[..., FileExtraction]
Ids = Callable[[], Awaitable[list[str]]]


@dataclass
class GatedLexer:
    """Lexes once `gate` is open. `reached` says that documents wait for it."""

    lexer: Lexer
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def lexed(self, batch: Sequence[NewDocument]) -> list[LexedDocument]:
        self.reached.set()
        await self.gate.wait()
        return await self.lexer.lexed(batch)


@asynccontextmanager
async def writing(extraction: FileExtraction, lexing: GatedLexer) -> AsyncIterator[None]:
    """Begin to write the documents of a file, and end it after the block."""
    lexing.gate.clear()
    lexing.reached.clear()
    task = asyncio.create_task(extraction.extract_one())
    await asyncio.wait_for(lexing.reached.wait(), 20)
    yield
    lexing.gate.set()
    await task


async def rows(database: AsyncDatabase, statement: str) -> list[dict[str, Any]]:
    async with database.connection() as connection:
        return await (await connection.execute(statement)).fetchall()


@pytest.fixture
def files(async_database: AsyncDatabase) -> FileService:
    quotas = TenantQuotas(async_database, Allowances(async_database, Limits()), ApiMeter())
    admission = Admission(async_database, max_pending=0, max_imports=0, quotas=quotas)
    return FileService(async_database, admission, quotas, MAX_BYTES)


@pytest.fixture
def extractor() -> FakeExtractor:
    return FakeExtractor()


@pytest.fixture
def lexing(lexer: ProcessLexer) -> GatedLexer:
    return GatedLexer(lexer)


@pytest.fixture
def make_extraction(
    settings: Settings, async_database: AsyncDatabase, lexing: GatedLexer
) -> MakeExtraction:
    def make(extractor: Extractor, **changes: Any) -> FileExtraction:  # noqa: ANN401
        changed = settings.model_copy(update=changes)
        wake_ups = RecordedWakeUps()
        return file_extraction(
            changed, async_database, lexing, extractor, wake_ups, asyncio.Event().is_set
        )

    return make


@pytest.fixture
def extraction(make_extraction: MakeExtraction, extractor: FakeExtractor) -> FileExtraction:
    return make_extraction(extractor)


@pytest.fixture
def send(files: FileService) -> Send:
    """Return a function that sends a file in the collection `c`."""

    async def send(
        name: str,
        text: str,
        *,
        collection: str = "c",
        title: str | None = None,
        metadata: dict[str, Any] | None = None,
        source: str | None = None,
    ) -> FileRef:
        async with files.upload(ANYONE) as upload:
            await upload.begin(name, "text/plain")
            await upload.add(text.encode())
            await upload.end()
            options = FileOptions(title, metadata or {}, source)
            (ref,) = await upload.accept(named(collection), None, options)
        return ref

    return send


@pytest.fixture
def ids(async_database: AsyncDatabase) -> Ids:
    async def ids() -> list[str]:
        async with async_database.connection() as connection:
            cursor = await connection.execute("SELECT id FROM documents ORDER BY id")
            return [row["id"] for row in await cursor.fetchall()]

    return ids
