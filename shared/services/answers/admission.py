"""Admits questions to the slots of a chat model: tenants in turn, each in the order of its own.

async with admission.enter(model) as turn:
    async for queued in turn.waiting():
        ...  # report the place
    ...  # generate: the slot is held until the block ends
    turn.measure()
"""

import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from shared.domain.answers.fair_line import tenant_name, ticket_of
from shared.domain.answers.waiting import LineLength, Pace, Queued
from shared.domain.errors import TooBusy
from shared.domain.refs import DEFAULT_TENANT, Tenant
from shared.ports.chat_queue import KEEP_SECONDS, ChatQueue
from shared.ports.meters import ApiMeter
from shared.services.answers.chat_queues import ChatQueues

RENEW_SECONDS = KEEP_SECONDS / 4
PAUSE_SECONDS = 0.1
"""The first one in the line asks so often whether another process left a slot. Those behind it ask
less often."""
RETRY_SECONDS_MAX = 60.0


class Admission:
    """Bounds the answers that are generated at once, and the questions that wait for that.

    While the shared line is away, each process has its own slots.
    """

    def __init__(self, shared: ChatQueue, slots: int, queue_max: int, meter: ApiMeter) -> None:
        self.slots = slots
        self._queue = ChatQueues(shared, slots, slots + queue_max)
        self._lines: dict[str, _Line] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._meter = meter

    @asynccontextmanager
    async def enter(self, model: str, tenant: Tenant = DEFAULT_TENANT) -> AsyncIterator["Turn"]:
        """Be in the line, and then in a slot, inside the block; raises TooBusy.

        The end of the block leaves at once, without waiting, however it ends.
        """
        line = self._lines.setdefault(model, _Line(Pace(self.slots), self._count))
        turn = Turn(self._queue, model, ticket_of(tenant, secrets.token_hex(16)), line)
        try:
            await turn.ask()
            yield turn
        finally:
            turn.end()
            leaving = asyncio.create_task(self._leave(model, turn))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def length(self, model: str, tenant: Tenant | None = None) -> LineLength:
        """Return how many answers run and questions wait, in all processes: a tenant's, or all."""
        tickets = await self._queue.tickets(model)
        counted = [tenant is None or tenant_name(each) == tenant.name for each in tickets]
        return LineLength(sum(counted[: self.slots]), sum(counted[self.slots :]))

    async def close(self) -> None:
        """Return when all who left have given up their places."""
        await asyncio.gather(*self._leaving)

    def _count(self) -> None:
        lines = self._lines.values()
        running = sum(line.running for line in lines)
        self._meter.questions_changed(
            running=running, waiting=sum(len(line.waiting) for line in lines)
        )

    async def _leave(self, model: str, turn: "Turn") -> None:
        await self._queue.leave(model, turn.ticket)
        line = turn.line
        line.wake()
        if line.is_forgettable and self._lines.get(model) is line:
            del self._lines[model]


class Turn:
    """A question on its way to a slot. It has the slot when `waiting` ends."""

    def __init__(self, queue: ChatQueue, model: str, ticket: str, line: "_Line") -> None:
        self.ticket = ticket
        self.place = sys.maxsize
        self.line = line
        self._queue = queue
        self._model = model
        self._woken = asyncio.Event()
        self._held_since = 0.0
        self._holding: asyncio.Task[None] | None = None
        line.wait(self)

    async def waiting(self) -> AsyncIterator[Queued]:
        """Yield each new place in the line until the slot is held; raises TooBusy.

        Reading on keeps the place. After KEEP_SECONDS without that it is lost, and the question
        enters again at the end.
        """
        reported = None
        while not self._take():
            if self.place != reported:
                reported = self.place
                yield Queued(reported, self.line.pace.wait(reported))
            await self._pause()
            await self.ask()

    async def ask(self) -> None:
        """Enter the line, or learn the new place in it; raises TooBusy."""
        self._woken.clear()
        found = await self._queue.place(self._model, self.ticket)
        if found is None:
            raise self._too_busy()
        self.place = max(0, found - self.line.pace.slots + 1)

    def wake(self) -> None:
        """Ask again without a pause."""
        self._woken.set()

    def measure(self) -> None:
        """Count the time in the slot as that of an answer that the model wrote to its end."""
        self.line.pace.record(time.monotonic() - self._held_since)

    def end(self) -> None:
        if self._holding:
            self._holding.cancel()
        self.line.leave(self, had_slot=bool(self._holding))

    def _take(self) -> bool:
        """Take the slot if there is one."""
        if self.place == 0 and self.line.running >= self.line.pace.slots:
            self.place = 1  # the shared line was lost, but not what this process generates
        if self.place:
            return False
        self.line.run(self)
        self._held_since = time.monotonic()
        self._holding = asyncio.create_task(self._hold())
        self.line.wake()  # there may be more than one slot, and the places are new
        return True

    async def _hold(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await self._queue.hold(self._model, self.ticket)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(PAUSE_SECONDS * self.place, RENEW_SECONDS)):
                await self._woken.wait()

    def _too_busy(self) -> TooBusy:
        seconds = self.line.pace.wait(1)
        return TooBusy(
            "Too many questions wait for the chat model. Ask again after Retry-After seconds.",
            None if seconds is None else min(seconds, RETRY_SECONDS_MAX),
        )


@dataclass(slots=True)
class _Line:
    """This process's part of the line for a model."""

    pace: Pace
    changed: Callable[[], None]
    running: int = 0
    waiting: set[Turn] = field(default_factory=set)

    def wait(self, turn: Turn) -> None:
        self.waiting.add(turn)
        self.changed()

    def run(self, turn: Turn) -> None:
        self.waiting.discard(turn)
        self.running += 1
        self.changed()

    def leave(self, turn: Turn, *, had_slot: bool) -> None:
        self.waiting.discard(turn)
        self.running -= had_slot
        self.changed()

    def wake(self) -> None:
        """Let the first one that waits ask at once."""
        if self.waiting:
            min(self.waiting, key=lambda turn: turn.place).wake()

    @property
    def is_forgettable(self) -> bool:
        return not (self.running or self.waiting) and self.pace.seconds is None
