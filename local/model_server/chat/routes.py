"""The routes `/api/chat` and `/api/generate`."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from local.model_server.chat import records, requests
from local.model_server.chat.feed import Feed
from local.model_server.chat.model import ChatModel
from local.model_server.chat.runner import Json
from local.model_server.models import Models
from local.model_server.protocol import RequestError, model_not_found, quoted

STOPPING = "server is stopping"


async def chat(request: Request) -> Response:
    body = requests.parse_chat(await request.body())
    model = _model(request.app.state.models, body.common, "chat")
    if body.tools:
        raise RequestError(400, f"{model.card.name} does not support tools")
    return await _answer(request, Feed(records.chat(model.slot, body)), stream=body.common.stream)


async def generate(request: Request) -> Response:
    body = requests.parse_generate(await request.body())
    model = _model(request.app.state.models, body.common, "generate")
    if body.suffix:
        raise RequestError(400, f"{model.card.name} does not support insert")
    feed = Feed(records.generate(model.slot, body))
    return await _answer(request, feed, stream=body.common.stream)


def _model(models: Models, asked: requests.Request, ability: str) -> ChatModel:
    if models.find(asked.model):
        raise RequestError(400, f"{quoted(asked.model)} does not support {ability}")
    model = models.find_chat(asked.model)
    if model is None:
        raise model_not_found(asked.model, models.why_missing(asked.model))
    if asked.thinks:
        raise RequestError(400, f"{quoted(asked.model)} does not support thinking")
    return model


async def _answer(request: Request, feed: Feed, *, stream: bool) -> Response:
    try:
        first = await feed.next_for(request)
        if stream:
            return _Stream(feed, first)
        return JSONResponse(await _joined(request, feed, first))
    except asyncio.CancelledError:  # uvicorn cancels requests that outlast its shutdown timeout
        return JSONResponse({"error": STOPPING}, 503)


async def _joined(request: Request, feed: Feed, first: Json | None) -> Json:
    """Return all records as one: the last, with the texts and log probabilities of all."""
    record, last = first, first or {}
    texts, logprobs = [], []
    while record is not None:
        texts.append(_text(record))
        logprobs += record.get("logprobs", [])
        last, record = record, await feed.next_for(request)
    text = "".join(texts)
    whole = {"message": last["message"] | {"content": text}} if "message" in last else {}
    whole = whole or {"response": text}
    return last | whole | ({"logprobs": logprobs} if logprobs else {})


def _text(record: Json) -> str:
    return str(record["message"]["content"] if "message" in record else record["response"])


class _Stream(StreamingResponse):
    """Sends each record as a line. The generation ends with the response."""

    def __init__(self, feed: Feed, first: Json | None) -> None:
        super().__init__(_lines(feed, first), media_type="application/x-ndjson")
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:  # uvicorn stops
            line = _line({"error": STOPPING}).encode()
            await send({"type": "http.response.body", "body": line})
        finally:
            self._feed.stop()


async def _lines(feed: Feed, record: Json | None) -> AsyncIterator[str]:
    try:
        while record is not None:
            yield _line(record)
            record = await feed.next()
    except RequestError as error:  # the status is sent already
        yield _line({"error": error.message})


def _line(record: Json) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
