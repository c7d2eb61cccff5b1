"""The beginning of an answer."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from api.http.answer_stream import begun
from shared.domain.answers.events import AnswerEvent, Delta

pytestmark = pytest.mark.anyio


class Client:
    """A client that leaves while its question is searched for."""

    def __init__(self) -> None:
        self.searching = asyncio.Event()
        self.is_closed = False

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
    request = Request({"type": "http"}, client.receive)
    with pytest.raises(ClientDisconnect):
        async with begun(request, client.events()):
            pass
    assert client.is_closed
