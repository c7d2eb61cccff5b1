"""Produces the records of an answer in a task, which ends as soon as the client is gone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request

from local.model_server.chat.runner import Json
from local.model_server.embedding_queue import ClientDisconnectedError

AHEAD_MAX = 64  # records that the client has not read yet


class Feed:
    """The records of one answer. Stopping it stops the generation."""

    def __init__(self, records: AsyncGenerator[Json, None]) -> None:
        self._queue: asyncio.Queue[Json | Exception | None] = asyncio.Queue(AHEAD_MAX)
        # A task of its own is cancelled once, and can then await what it must clean up.
        self._task = asyncio.create_task(self._produce(records))

    def stop(self) -> None:
        self._task.cancel()

    async def next(self) -> Json | None:
        """Return the next record, or None at the end. Raises what producing it raised."""
        item = await self._queue.get()
        if isinstance(item, Exception):
            raise item
        return item

    async def next_for(self, request: Request) -> Json | None:
        """Return the next record. Raises ClientDisconnectedError if the client leaves first."""
        record = asyncio.ensure_future(self.next())
        gone = asyncio.ensure_future(_until_gone(request))
        try:
            await asyncio.wait({record, gone}, return_when=asyncio.FIRST_COMPLETED)
            return _result(record)
        except BaseException:
            self.stop()
            raise
        finally:
            record.cancel()
            gone.cancel()

    async def _produce(self, records: AsyncGenerator[Json, None]) -> None:
        try:
            async with aclosing(records):
                async for record in records:
                    await self._queue.put(record)
        except Exception as error:  # noqa: BLE001 - the reader raises it
            await self._queue.put(error)
        else:
            await self._queue.put(None)


def _result(record: asyncio.Future[Json | None]) -> Json | None:
    if not record.done():
        raise ClientDisconnectedError
    return record.result()


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
