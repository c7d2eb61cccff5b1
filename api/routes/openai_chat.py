"""Answers from the documents, for clients of OpenAI's chat completions."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse

from api.http.answer_stream import BegunAnswer, begun
from api.http.body import ShortBodyRoute
from api.http.client_leaving import unless_client_leaves
from api.http.completions import chunks, completion
from api.http.parameters import Caller, Inkdex
from api.http.responses import BUSY, JSON_BODY, UNAVAILABLE
from api.http.spending import Spends
from api.routes.events import HEADERS
from api.schemas.openai_chat import (
    MODEL_ID,
    ChatModelOut,
    ChatModelsOut,
    Completion,
    CompletionBody,
)
from shared.domain.access.principal import Action
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.documents.validation import check_identifier

router = APIRouter(prefix="/v1", tags=["openai"], route_class=ShortBodyRoute)

STREAMED = 'data: {"choices": [{"index": 0, "delta": {"content": "Ink dries "}}]}\n\n'
STREAM = {
    200: {
        "model": Completion,
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": STREAMED}},
    }
}
Asked = tuple[CompletionBody, BegunAnswer]


async def answer(
    body: CompletionBody, request: Request, inkdex: Inkdex, caller: Caller, spends: Spends
) -> AsyncIterator[Asked]:
    """Begin before the response starts, so that a failure can still be answered."""
    named = body.collection or DEFAULT_COLLECTION
    check_identifier(named, "collection")
    question = body.question().asked(named, caller)
    await spends.tokens(question.texts())
    await inkdex.quotas.answer(caller.tenant)
    events = inkdex.answers.ask(question)
    async with begun(request, events, inkdex.shutdown) as answering:
        yield body, answering


@router.post(
    "/chat/completions", response_model=None, responses=STREAM | BUSY | JSON_BODY | UNAVAILABLE
)
async def chat_completions(
    request: Request, asked: Annotated[Asked, Depends(answer)]
) -> Response | Completion:
    """Answer the last message from the documents, in OpenAI's shape.

    The model `inkdex` stands for CHAT_MODEL.
    """
    body, answering = asked
    if body.stream:
        streamed = chunks(answering, body.model, includes_usage=body.includes_usage)
        return EventSourceResponse(streamed, headers=HEADERS)
    return await unless_client_leaves(request, completion(answering))


@router.get("/models")
async def list_models(inkdex: Inkdex, caller: Caller) -> ChatModelsOut:
    """List the models that can be named in chat completions."""
    caller.require(Action.ASK)
    names = [MODEL_ID, *filter(None, [(await inkdex.answers.status(caller.tenant)).model])]
    return ChatModelsOut(data=[ChatModelOut(id=name) for name in names])
