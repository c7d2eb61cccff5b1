"""Work ends with its client."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from api.http.client_leaving import unless_client_leaves

pytestmark = pytest.mark.anyio


class Client:
    """A client that has sent its request, and may leave."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.request = Request({"type": "http"}, self._receive)
        self.ended = asyncio.Event()

    async def _receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def work(self) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            self.ended.set()


async def test_the_result_of_the_work_is_returned() -> None:
    assert await unless_client_leaves(Client().request, asyncio.sleep(0, "done")) == "done"


async def test_an_error_of_the_work_is_raised() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await unless_client_leaves(Client().request, fail())


async def test_a_client_that_leaves_ends_the_work() -> None:
    client = Client()
    asyncio.get_running_loop().call_soon(client.gone.set)
    with pytest.raises(ClientDisconnect):
        await unless_client_leaves(client.request, client.work())
    assert client.ended.is_set()


async def test_work_ends_when_the_request_is_cancelled() -> None:
    client = Client()
    waiting = asyncio.create_task(unless_client_leaves(client.request, client.work()))
    for _ in range(3):
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert client.ended.is_set()
