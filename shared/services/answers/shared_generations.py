"""Equal questions at the same time share one generation, and all of them see its whole stream."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from shared.domain.answers.events import AnswerEvent
from shared.domain.answers.waiting import Queued

Make = Callable[[], AsyncGenerator[AnswerEvent]]


class SharedGenerations:
    """The generations that run. The last client that leaves stops its generation."""

    def __init__(self) -> None:
        self._running: dict[bytes, _Generation] = {}

    def is_running(self, key: bytes) -> bool:
        return key in self._running

    async def follow(self, key: bytes, make: Make) -> AsyncGenerator[AnswerEvent]:
        """Yield all events of the generation of a key, which starts if there is none."""
        generation = self._running.get(key) or self._start(key, make)
        generation.followers += 1
        try:
            async for event in generation.events():
                yield event
        finally:
            generation.followers -= 1
            if not generation.followers:
                self._forget(key, generation)
                generation.task.cancel()

    def _start(self, key: bytes, make: Make) -> "_Generation":
        generation = self._running[key] = _Generation(make)
        generation.task.add_done_callback(lambda _: self._forget(key, generation))
        return generation

    def _forget(self, key: bytes, generation: "_Generation") -> None:
        if self._running.get(key) is generation:
            del self._running[key]


class _Generation:
    """What a generation has given so far, and who follows it."""

    def __init__(self, make: Make) -> None:
        self.followers = 0
        self._events: list[AnswerEvent] = []
        self._changed = asyncio.Event()
        self.task = asyncio.create_task(self._run(make))

    async def events(self) -> AsyncGenerator[AnswerEvent]:
        """Yield all events but former places in the line; raises what the generation raised."""
        seen = 0
        while True:
            while seen < len(self._events):
                event = self._events[seen]
                seen += 1
                if not isinstance(event, Queued) or seen == len(self._events):
                    yield event
            if self.task.done():
                await self.task
                return
            self._changed.clear()
            changed = asyncio.create_task(self._changed.wait())
            try:
                await asyncio.wait({changed, self.task}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()

    async def _run(self, make: Make) -> None:
        async with aclosing(make()) as events:
            async for event in events:
                self._events.append(event)
                self._changed.set()
