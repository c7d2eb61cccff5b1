"""Answers from the documents."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse

from api.http.answer_stream import BegunAnswer, begun, encoded, whole
from api.http.body import ShortBodyRoute
from api.http.client_leaving import unless_client_leaves
from api.http.parameters import Caller, Inkdex, OptionalCollection
from api.http.responses import BUSY, JSON_BODY, UNAVAILABLE
from api.http.spending import Spends
from api.routes.events import HEADERS
from api.schemas.agreement import agreed
from api.schemas.answers import AnswerOut, AskStatusOut
from api.schemas.ask import AskBody
from shared.domain.access.principal import Action
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.documents.validation import check_identifier

router = APIRouter(prefix="/v1/ask", tags=["answers"], route_class=ShortBodyRoute)

STREAMED = 'event: delta\ndata: {"text": "Ink dries "}\n\n'
STREAM = {
    200: {
        "description": "One JSON with `stream=false`, else the events `sources`, `queued`, `delta`,"
        " `citation`, `done` and `error`.",
        "model": AnswerOut,
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": STREAMED}},
    }
}
Asked = tuple[AskBody, BegunAnswer]


async def answer(
    body: AskBody,
    request: Request,
    inkdex: Inkdex,
    caller: Caller,
    spends: Spends,
    in_url: OptionalCollection,
) -> AsyncIterator[Asked]:
    """Begin before the response starts, so that a failure can still be answered."""
    named = agreed("collection", body.collection, in_url) or DEFAULT_COLLECTION
    check_identifier(named, "collection")
    question = body.asked(named, caller)
    await spends.tokens(question.texts())
    await inkdex.quotas.answer(caller.tenant)
    events = inkdex.answers.ask(question)
    async with begun(request, events, inkdex.shutdown) as answering:
        yield body, answering


@router.post("", response_model=None, responses=STREAM | BUSY | JSON_BODY | UNAVAILABLE)
async def ask(request: Request, asked: Annotated[Asked, Depends(answer)]) -> Response | AnswerOut:
    """Answer a question from the documents, with citations.

    If nothing relevant is found, the model is not asked. If the chat model does not answer, the
    answer is the best sentences of the documents.
    """
    body, answering = asked
    if body.stream:
        return EventSourceResponse(encoded(answering), headers=HEADERS)
    return await unless_client_leaves(request, whole(answering))


@router.get("/status")
async def ask_status(inkdex: Inkdex, caller: Caller) -> AskStatusOut:
    """Return whether the chat model answers, and how many of your questions wait."""
    caller.require(Action.ASK)
    return AskStatusOut.model_validate(await inkdex.answers.status(caller.tenant))
