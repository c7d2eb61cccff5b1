"""Lexes large documents in a process of its own, so that they do not stop the event loop.

A thread would. It takes the interpreter's lock from the event loop after each of its system calls.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from shared.adapters.lexing.frames import LENGTH, packed
from shared.domain.documents.document import NewDocument
from shared.domain.documents.languages import language_of, text_language
from shared.domain.errors import DocumentNotStorable, FieldError, TooBusy
from shared.domain.refs import Collection
from shared.domain.search.lexing.documents import (
    Lexed,
    LexedDocument,
    lexed_document,
    with_lexemes,
)
from shared.ports.lexer import CollectionLanguages

log = structlog.get_logger()

INLINE_CHARACTERS = 4 * 1024
"""Shorter documents take less than a turn of the event loop."""
PART_CHARACTERS = 64 * 1024
"""Other requests' documents are lexed between the parts of a batch."""
TRIES = 2
WAIT_SECONDS = 20.0
BUFFER_BYTES = 1024 * 1024
ANSWER_SECONDS = 10.0
BYTES_PER_SECOND = 32 * 1024
"""A process that has not answered after ANSWER_SECONDS and the time for so slow a pace is ended."""


class ProcessLexer:
    """Implements `shared.ports.lexer.Lexer`. The first large document starts the process."""

    def __init__(self, default_language: str, languages: CollectionLanguages) -> None:
        self._default_language = default_language
        self._languages = languages
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def lexed(self, batch: Sequence[NewDocument]) -> list[LexedDocument]:
        languages = await self._languages.of(_collections_in_question(batch))
        if sum(map(_characters, batch)) <= INLINE_CHARACTERS:
            default = self._default_language
            return [lexed_document(n, default, languages.get(n.ref.collection)) for n in batch]
        return [each for part in _parts(batch) for each in await self._lexed(part, languages)]

    async def close(self) -> None:
        if (process := self._process) is not None:
            self._end(process)
            await process.wait()

    async def _lexed(
        self, part: Sequence[NewDocument], of_collections: Mapping[Collection, str]
    ) -> list[LexedDocument]:
        default = self._default_language
        languages = [
            language_of(new.metadata, of_collections.get(new.ref.collection), default)
            for new in part
        ]
        rows = map(_row, part, languages)
        async with self._next_turn():
            found = await self._tried(packed(rows))
        return [
            with_lexemes(new, language, default, Lexed(*each))
            for new, language, each in zip(part, languages, found, strict=True)
        ]

    @asynccontextmanager
    async def _next_turn(self) -> AsyncIterator[None]:
        try:
            await asyncio.wait_for(self._turn.acquire(), WAIT_SECONDS)
        except TimeoutError:
            raise TooBusy("Too many large documents are arriving.") from None
        try:
            yield
        finally:
            self._turn.release()

    async def _tried(self, request: bytes) -> list[tuple[str, int]]:
        """Send a request to the process. If that ends or stops, try again with another one."""
        for _ in range(TRIES):
            process = await self._started()
            try:
                async with asyncio.timeout(ANSWER_SECONDS + len(request) / BYTES_PER_SECOND):
                    return await _answer(process, request)
            except (EOFError, OSError) as error:
                log.warning("lexing.process_ended", stopped=isinstance(error, TimeoutError))
                self._end(process)
            except BaseException:
                self._end(process)  # it would send its answer to the next request
                raise
        raise DocumentNotStorable(FieldError(("content",), "its words cannot be read"))

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "shared.adapters.lexing"),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,  # a traceback could quote the text
                    limit=BUFFER_BYTES,
                )
            except OSError as error:
                raise TooBusy("The process for large documents cannot be started.") from error
        return self._process

    def _end(self, process: asyncio.subprocess.Process) -> None:
        self._process = None
        with suppress(ProcessLookupError):
            process.kill()


async def _answer(process: asyncio.subprocess.Process, request: bytes) -> list[tuple[str, int]]:
    sink, source = process.stdin, process.stdout
    assert sink is not None
    assert source is not None
    sink.write(request)
    await sink.drain()
    (length,) = LENGTH.unpack(await source.readexactly(LENGTH.size))
    answer: list[tuple[str, int]] = json.loads(await source.readexactly(length))
    return answer


def _collections_in_question(batch: Sequence[NewDocument]) -> set[Collection]:
    """Return the collections of documents that name no language."""
    return {new.ref.collection for new in batch if text_language(new.metadata) is None}


def _parts(batch: Sequence[NewDocument]) -> Iterator[list[NewDocument]]:
    part: list[NewDocument] = []
    characters = 0
    for new in batch:
        part.append(new)
        characters += _characters(new)
        if characters >= PART_CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


def _row(new: NewDocument, language: str) -> tuple[str | None, ...]:
    return language, new.ref.id, new.title, new.content


def _characters(new: NewDocument) -> int:
    return len(new.content) + len(new.title or "")
