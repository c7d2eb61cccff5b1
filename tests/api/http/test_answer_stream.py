"""An answer whose client leaves before it begins, or whose process stops before it ends."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from api.http.answer_stream import begun
from shared.domain.answers.events import AnswerEvent, Delta, Failed
from shared.domain.errors import ShuttingDown
from shared.services.operations.shutdown import Shutdown

pytestmark = pytest.mark.anyio


class Client:
    """A client that leaves while its question is searched for."""

    def __init__(self) -> None:
        self.searching = asyncio.Event()
        self.is_closed = False

    @property
    def request(self) -> Request:
        return Request({"type": "http"}, self.receive)

    async def receive(self) -> Message:
        await self.searching.wait()
        return {"type": "http.disconnect"}

    async def events(self) -> AsyncGenerator[AnswerEvent]:
        self.searching.set()
        try:
            await asyncio.sleep(60)
            yield Delta("never")
        finally:
            self.is_closed = True


async def test_a_client_that_leaves_before_the_first_event_stops_the_search() -> None:
    client = Client()
    with pytest.raises(ClientDisconnect):
        async with begun(client.request, client.events(), Shutdown()):
            pass
    assert client.is_closed


async def endless() -> AsyncGenerator[AnswerEvent]:
    yield Delta("word")
    await asyncio.sleep(60)


async def test_an_answer_ends_with_a_failure_when_the_process_stops() -> None:
    shutdown = Shutdown()
    async with begun(Client().request, endless(), shutdown) as answer:
        events = aiter(answer.events())
        assert await anext(events) == Delta("word")
        asyncio.get_running_loop().call_soon(shutdown.begin)
        failed = [each async for each in events]
    assert [type(each) for each in failed] == [Failed]
    assert isinstance(failed[0], Failed)
    assert isinstance(failed[0].error, ShuttingDown)


async def test_no_answer_begins_when_the_process_stops() -> None:
    shutdown = Shutdown()
    shutdown.begin()
    with pytest.raises(ShuttingDown):
        async with begun(Client().request, endless(), shutdown):
            pass
