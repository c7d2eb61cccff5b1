"""An answer on the wire: as server-sent events, or whole."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import structlog
from fastapi import Request
from fastapi.sse import format_sse_event
from pydantic import BaseModel

from api.http.client_leaving import unless_client_leaves
from api.http.errors import problem_of
from api.http.pauses import with_pauses
from api.schemas.answers import (
    AnswerOut,
    DeltaOut,
    DoneOut,
    QueuedOut,
    SourcesOut,
)
from api.schemas.citations import CitationOut, SourceOut
from shared.domain.answers.events import (
    Admitted,
    AnswerEvent,
    Citation,
    Delta,
    Done,
    Failed,
    SourcesFound,
)
from shared.domain.answers.waiting import Queued
from shared.domain.errors import ShuttingDown, UnexpectedFailure
from shared.services.operations.shutdown import Shutdown

QUIET_SECONDS = 10.0
"""Proxies close a connection on which nothing is sent, and a model may take long to begin."""
WAITING = format_sse_event(comment="waiting")

log = structlog.get_logger()

Events = AsyncGenerator[AnswerEvent]


@dataclass(frozen=True, slots=True)
class BegunAnswer:
    """An answer whose first event is known, so that it did not fail before."""

    first: AnswerEvent
    rest: Events
    shutdown: Shutdown

    async def events(self) -> AsyncIterator[AnswerEvent]:
        """Yield all events. The last is `Failed` if the process stops or fails before the end."""
        event: AnswerEvent | None = self.first
        while event is not None:
            yield event
            try:
                async with self.shutdown.interrupts():
                    event = await anext(self.rest, None)
            except ShuttingDown as error:
                yield Failed(error)
                return
            except Exception:
                log.exception("answer.failed")
                yield Failed(UnexpectedFailure())
                return


@asynccontextmanager
async def begun(request: Request, events: Events, shutdown: Shutdown) -> AsyncIterator[BegunAnswer]:
    """Wait for the first event; raises what prevents the answer. The end of the block stops it.

    Raises ClientDisconnect and ShuttingDown before that.
    """
    async with aclosing(events):
        async with shutdown.interrupts():
            first = await unless_client_leaves(request, _first(events))
        yield BegunAnswer(first, events, shutdown)


async def _first(events: Events) -> AnswerEvent:
    return await anext(events)


async def encoded(answer: BegunAnswer) -> AsyncIterator[bytes]:
    """Yield the events as a client reads them."""
    async for event in with_pauses(answer.events(), QUIET_SECONDS):
        if event is None:
            yield WAITING
        elif isinstance(event, Failed):
            body = bytes(problem_of(event.error).body).decode()
            yield format_sse_event(event="error", data_str=body)
        elif not isinstance(event, Admitted):
            name, out = _named(event)
            yield format_sse_event(event=name, data_str=out.model_dump_json())


def _named(
    event: SourcesFound | Queued | Delta | Citation | Done,
) -> tuple[str, BaseModel]:
    match event:
        case SourcesFound():
            return "sources", SourcesOut.of(event)
        case Queued():
            return "queued", QueuedOut(place=event.place, wait_seconds=event.wait_seconds)
        case Delta():
            return "delta", DeltaOut(text=event.text)
        case Citation():
            return "citation", CitationOut.of(event)
        case Done():
            return "done", DoneOut(**DoneOut.fields_of(event))


async def whole(answer: BegunAnswer) -> AnswerOut:
    """Return the answer when it is done; raises what made it fail."""
    pieces: list[str] = []
    citations: list[CitationOut] = []
    sources: list[SourceOut] = []
    done: Done | None = None
    async for event in answer.events():
        match event:
            case SourcesFound():
                sources = [SourceOut.of(each) for each in event.sources]
            case Delta():
                pieces.append(event.text)
            case Citation():
                citations.append(CitationOut.of(event))
            case Done():
                done = event
            case Failed():
                raise event.error
    assert done is not None, "an answer ends with Done or Failed"
    fields = DoneOut.fields_of(done)
    return AnswerOut(answer="".join(pieces), sources=sources, citations=citations, **fields)
