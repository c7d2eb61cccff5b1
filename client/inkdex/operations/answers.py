"""Questions: answered whole, or as a stream of events."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import httpx

from inkdex.core.requests import given
from inkdex.core.server_sent_events import Message, MessageParser
from inkdex.core.steps import Call, Item, Items, Open, Read, checked
from inkdex.errors import Problem, Unreachable, error_of
from inkdex.models.answer import Answer as Model
from inkdex.models.answers import (
    Answer,
    AnswerEvent,
    AskStatus,
    Citation,
    Delta,
    Done,
    Queued,
    Sources,
)

ANSWER_SECONDS = 600.0
EVENTS: dict[str, type[Model]] = {
    "sources": Sources,
    "queued": Queued,
    "delta": Delta,
    "citation": Citation,
    "done": Done,
}


def ask(  # noqa: PLR0913
    question: str,
    *,
    collection: str | None = None,
    filter: Mapping[str, Any] | str | None = None,  # noqa: A002
    history: Sequence[Mapping[str, str]] | None = None,
    max_tokens: int | None = None,
    model: str | None = None,
    sources: int | None = None,
    cache: Literal["on", "off"] | None = None,
) -> Call[Answer]:
    """Answer a question from the documents, with sources and citations."""
    body = given(
        question=question,
        collection=collection,
        filter=filter,
        history=history,
        max_tokens=max_tokens,
        model=model,
        sources=sources,
        cache=cache,
    )
    return Call(
        "POST",
        "/v1/ask",
        Answer.read,
        json={**body, "stream": False},
        repeatable=True,
        timeout=ANSWER_SECONDS,
    )


def ask_stream(  # noqa: PLR0913
    question: str,
    *,
    collection: str | None = None,
    filter: Mapping[str, Any] | str | None = None,  # noqa: A002
    history: Sequence[Mapping[str, str]] | None = None,
    max_tokens: int | None = None,
    model: str | None = None,
    sources: int | None = None,
    cache: Literal["on", "off"] | None = None,
) -> Items[AnswerEvent]:
    """Yield an answer as it comes: Sources, Queued, Delta, Citation, and at last Done.

    Raises Unreachable if the stream breaks off before Done.
    """
    whole = ask(
        question,
        collection=collection,
        filter=filter,
        history=history,
        max_tokens=max_tokens,
        model=model,
        sources=sources,
        cache=cache,
    )
    assert isinstance(whole.json, dict)
    return _events(replace(whole, json={**whole.json, "stream": True}))


def ask_status() -> Call[AskStatus]:
    """Say whether questions can be answered now."""
    return Call("GET", "/v1/ask/status", AskStatus.read)


def _events(call: Call[Answer]) -> Items[AnswerEvent]:
    response: httpx.Response = yield Open(call.request)
    checked(response)
    parser = MessageParser()
    while (chunk := (yield Read())) is not None:
        for message in parser.feed(chunk):
            if (event := _event(message)) is not None:
                yield Item(event)
            if isinstance(event, Done):
                return
    raise Unreachable("The answer broke off.", sent=True)


def _event(message: Message) -> AnswerEvent | None:
    """Return the event of a message, or None for one of a newer server; raises ApiError."""
    if message.event == "error":
        raise error_of(Problem.model_validate_json(message.data))
    model = EVENTS.get(message.event)
    event: Any = model and model.model_validate_json(message.data)
    known: AnswerEvent | None = event
    return known
