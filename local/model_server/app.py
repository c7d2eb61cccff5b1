"""The routes of the server: the part of Ollama's API that embedding and chat need."""

import asyncio
import time

import numpy as np
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from local.model_server import protocol
from local.model_server.chat import routes as chat_routes
from local.model_server.embedding_queue import ClientDisconnectedError, EmbeddingQueue
from local.model_server.encoder import Vectors
from local.model_server.middleware import AccessLog, LocalRequests
from local.model_server.models import Models

VERSION = "0.32.0-inkdex"  # the Ollama release it imitates, with a suffix that identifies it
BODY_MAX_BYTES = 64 * 1024 * 1024


def create_app(models: Models, *, local_only: bool = True) -> ASGIApp:
    """Return the application for the loaded models."""
    app = Starlette(
        routes=[
            Route("/", root),
            Route("/api/chat", chat_routes.chat, methods=["POST"]),
            Route("/api/embed", embed, methods=["POST"]),
            Route("/api/generate", chat_routes.generate, methods=["POST"]),
            Route("/api/show", show, methods=["POST"]),
            Route("/api/tags", tags),
            Route("/api/ps", running),
            Route("/api/version", version),
        ],
        exception_handlers={
            protocol.RequestError: _bad_request,
            HTTPException: _http_error,
            ClientDisconnect: _disconnected,
            ClientDisconnectedError: _disconnected,
        },
        max_body_size=BODY_MAX_BYTES,
    )
    app.state.models = models
    app.state.queues = {model.card.name: EmbeddingQueue(model.encoder) for model in models.loaded}
    return AccessLog(LocalRequests(app) if local_only else app)


async def root(_: Request) -> Response:
    """Answer as Ollama does, for clients that check whether one runs."""
    return PlainTextResponse("Ollama is running")


async def embed(request: Request) -> Response:
    started = time.perf_counter_ns()
    body = protocol.parse_embed(await request.body())
    request.state.texts = len(body.texts)
    models: Models = request.app.state.models
    model = models.find(body.model)
    if model is None and models.find_chat(body.model):
        raise protocol.RequestError(501, "this model does not support embeddings")
    if model is None:
        raise protocol.nothing_to_embed_with(body.model, models.why_missing(body.model))
    if not body.texts:
        return JSONResponse({"model": body.model, "embeddings": []})
    accepted = time.perf_counter_ns()
    try:
        vectors, tokens = await request.app.state.queues[model.card.name].embed(
            body.texts, truncate=body.truncate, is_disconnected=request.is_disconnected
        )
    except asyncio.CancelledError:  # uvicorn cancels requests that outlast its shutdown timeout
        return JSONResponse({"error": "server is stopping"}, 503)
    return JSONResponse(
        {
            "model": body.model,
            "embeddings": _shortened(vectors, body.dimensions).tolist(),
            "total_duration": time.perf_counter_ns() - started,
            "load_duration": accepted - started,
            "prompt_eval_count": tokens,
        }
    )


async def show(request: Request) -> Response:
    body = protocol.parse_show(await request.body())
    models: Models = request.app.state.models
    card = models.card(body.model)
    if card is None:
        raise protocol.nothing_to_show(body.model, models.why_missing(body.model))
    return JSONResponse(card.show(verbose=body.verbose))


async def tags(request: Request) -> Response:
    return JSONResponse({"models": [card.tag() for card in request.app.state.models.cards()]})


async def running(request: Request) -> Response:
    """List the loaded models."""
    models: Models = request.app.state.models
    loaded = [each.card.running() for each in models.loaded]
    if models.chat and (chat := models.chat.slot.running()):
        loaded.append(models.chat.card.running() | chat)
    return JSONResponse({"models": loaded})


async def version(_: Request) -> Response:
    return JSONResponse({"version": VERSION})


def _shortened(vectors: Vectors, dimensions: int) -> Vectors:
    if not 0 < dimensions < vectors.shape[1]:
        return vectors
    head = vectors[:, :dimensions]
    return np.asarray(head / np.linalg.norm(head, axis=1, keepdims=True), dtype=np.float32)


async def _bad_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, protocol.RequestError)
    return JSONResponse({"error": error.message}, error.status)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = {404: "404 page not found", 405: "405 method not allowed"}
    return PlainTextResponse(
        text.get(error.status_code, error.detail), error.status_code, error.headers
    )


async def _disconnected(_: Request, __: Exception) -> Response:
    return Response(status_code=499)
