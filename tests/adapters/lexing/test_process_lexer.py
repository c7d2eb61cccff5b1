"""Large documents are lexed in a process of its own, which may end at any time."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence

import pytest

from shared.adapters.lexing import process_lexer
from shared.adapters.lexing.process_lexer import INLINE_CHARACTERS, PART_CHARACTERS, ProcessLexer
from shared.domain.documents.document import NewDocument
from shared.domain.errors import DocumentNotStorable, TooBusy
from shared.domain.search.lexing.documents import lexed_document
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

LARGE = new("large", "Die schönen Häuser, 墨 and ink. " * (PART_CHARACTERS // 20), title="Größe")


def process_of(lexer: ProcessLexer) -> asyncio.subprocess.Process:
    process = lexer._process
    assert process is not None
    return process


async def check(lexer: ProcessLexer, batch: Sequence[NewDocument]) -> None:
    assert await lexer.lexed(batch) == [lexed_document(each) for each in batch]


async def test_the_process_finds_the_same_lexemes(lexer: ProcessLexer) -> None:
    german = new("german", LARGE.content, metadata={"lang": "de"})
    await check(lexer, [LARGE, new("small"), german, new("empty title", title="")])


async def test_short_documents_need_no_process(lexer: ProcessLexer) -> None:
    await check(lexer, [new("a", "x" * INLINE_CHARACTERS)])
    assert lexer._process is None


async def test_requests_at_the_same_time_get_their_own_answers(lexer: ProcessLexer) -> None:
    batches = [[new(f"{n}", f"number {n} " * 1000), LARGE] for n in range(5)]
    await asyncio.gather(*(check(lexer, batch) for batch in batches))


async def test_another_process_takes_the_place_of_one_that_ended(lexer: ProcessLexer) -> None:
    await check(lexer, [LARGE])
    before = process_of(lexer)
    before.kill()
    await before.wait()
    await check(lexer, [LARGE])
    assert process_of(lexer).pid != before.pid


async def test_a_process_that_ends_during_its_work_is_replaced(lexer: ProcessLexer) -> None:
    await check(lexer, [LARGE])
    before = process_of(lexer)
    longest = new("longest", LARGE.content * 8)
    waiting = asyncio.create_task(check(lexer, [longest]))
    async with asyncio.timeout(30):
        await until(lambda: unsent_bytes(before) > 0)
        await until(lambda: unsent_bytes(before) == 0)  # the process has read most of it
    before.kill()
    await waiting
    assert process_of(lexer) is not before


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - it changes in callbacks of the transport
        await asyncio.sleep(0)


def unsent_bytes(process: asyncio.subprocess.Process) -> int:
    """Return how much of a request does not fit into the pipe and waits outside."""
    assert process.stdin is not None
    return process.stdin.transport.get_write_buffer_size()


async def test_a_process_that_stops_is_replaced(
    lexer: ProcessLexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await check(lexer, [LARGE])
    before = process_of(lexer)
    before.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(process_lexer, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(process_lexer, "BYTES_PER_SECOND", 2**30)
    waiting = asyncio.create_task(check(lexer, [LARGE]))
    async with asyncio.timeout(30):
        await until(lambda: unsent_bytes(before) > 0)
        monkeypatch.undo()  # so that the next process has time
        await waiting
    assert process_of(lexer) is not before


async def test_a_document_that_ends_every_process_is_refused(
    lexer: ProcessLexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_lexer, "packed", lambda _: b"\0\0\0\1?")
    with pytest.raises(DocumentNotStorable):
        await lexer.lexed([LARGE])
    monkeypatch.undo()
    await check(lexer, [LARGE])


async def test_a_cancelled_request_leaves_its_answer_to_nobody(lexer: ProcessLexer) -> None:
    await check(lexer, [LARGE])
    process_of(lexer).send_signal(signal.SIGSTOP)
    cancelled = asyncio.create_task(lexer.lexed([new("other", LARGE.content)]))
    await asyncio.sleep(0.01)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    await check(lexer, [LARGE])


async def test_a_request_waits_a_limited_time(
    lexer: ProcessLexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_lexer, "WAIT_SECONDS", 0.01)
    await check(lexer, [LARGE])
    process = process_of(lexer)
    process.send_signal(signal.SIGSTOP)
    first = asyncio.create_task(check(lexer, [LARGE]))
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await lexer.lexed([LARGE])
    process.send_signal(signal.SIGCONT)
    await first


async def test_the_process_outlives_signals_to_the_group_and_ends_with_its_input(
    lexer: ProcessLexer,
) -> None:
    await check(lexer, [LARGE])
    process = process_of(lexer)
    os.kill(process.pid, signal.SIGTERM)
    await check(lexer, [LARGE])
    assert process_of(lexer) is process
    assert process.stdin is not None
    process.stdin.close()
    assert await process.wait() == 0
