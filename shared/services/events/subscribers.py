"""Who reads the stream of events, and what each of them may see."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from shared.domain.access.principal import Action, Principal
from shared.domain.access.visible_imports import may_see
from shared.domain.documents.imports import Import
from shared.domain.events.event import Event
from shared.domain.models.migration import Migration
from shared.domain.operations.client import Client

BACKLOG_MAX = 2000
"""A reader that is further behind is ended, and can resume."""

Notice = Migration | Import
"""What is told as it is now, and not as an event that can be resumed from."""
News = Sequence[Event] | Notice


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and from which address."""

    principal: Principal
    address: str

    @property
    def client(self) -> Client:
        return Client(self.principal.tenant, self.address)

    def named(self, events: Sequence[Event]) -> list[Event]:
        """Return the events in collections that the reader may read."""
        return [
            each for each in events if self.principal.allows(Action.READ, each.ref.collection.name)
        ]

    def sees(self, notice: Notice) -> bool:
        """Return whether the reader may see it. It counts all documents, whatever the filter."""
        if isinstance(notice, Import):
            return may_see(self.principal, notice)
        name = notice.collection.name
        return not self.principal.filter and self.principal.allows(Action.MODELS, name)


class Subscriber:
    """A reader and the events that it has not taken yet, all of its tenant."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._news: deque[News] = deque()
        self._backlog = 0
        self._has_news = asyncio.Event()
        self._is_ended = False

    @property
    def is_ended(self) -> bool:
        return self._is_ended

    def end(self) -> None:
        """Let the reader have what is waiting for it, and no more."""
        self._is_ended = True
        self._has_news.set()

    def hand_over(self, news: News) -> None:
        """Add events, or end the reader that is too far behind."""
        self._backlog += _number(news)
        if self._backlog > BACKLOG_MAX:
            self.end()
        if not self._is_ended:
            self._news.append(news)
            self._has_news.set()

    async def next(self, seconds: float) -> News | None:
        """Return what is next, or None at the end and after a time without anything."""
        if not self._news and not self._is_ended:
            self._has_news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._has_news.wait()
        if not self._news:
            return None
        news = self._news.popleft()
        if not isinstance(news, Notice):
            news = [*news, *self._further()]
        self._backlog -= _number(news)
        return news

    def _further(self) -> Iterator[Event]:
        """Take the events that have come in the meantime too, for one statement about all."""
        while self._news and not isinstance(more := self._news[0], Notice):
            self._news.popleft()
            yield from more


def _number(news: News) -> int:
    return 1 if isinstance(news, Notice) else len(news)
