"""The server's routes: Ollama's API as far as embedding needs it."""

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
from local.model_server.encoder import DIMENSIONS, Encoder, Vectors
from local.model_server.middleware import AccessLog, LocalHosts
from local.model_server.model_card import VERSION, ModelCard
from local.model_server.slot import ClientGoneError, Slot

BODY_MAX_BYTES = 64 * 1024 * 1024


def create_app(encoder: Encoder, *, local_only: bool = True) -> ASGIApp:
    """Put the server together around a loaded model."""
    app = Starlette(
        routes=[
            Route("/", root),
            Route("/api/embed", embed, methods=["POST"]),
            Route("/api/show", show, methods=["POST"]),
            Route("/api/tags", tags),
            Route("/api/ps", running),
            Route("/api/version", version),
        ],
        exception_handlers={
            protocol.RequestError: _refused,
            HTTPException: _no_route,
            ClientDisconnect: _hung_up,
            ClientGoneError: _hung_up,
        },
        max_body_size=BODY_MAX_BYTES,
    )
    app.state.slot = Slot(encoder)
    app.state.card = ModelCard(encoder.directory)
    return AccessLog(LocalHosts(app) if local_only else app)


async def root(_: Request) -> Response:
    """Answer the probe that tells people and programs of an Ollama."""
    return PlainTextResponse("Ollama is running")


async def embed(request: Request) -> Response:
    """Embed one text or several."""
    started = time.perf_counter_ns()
    wanted = protocol.parse_embed(await request.body())
    request.state.texts = len(wanted.texts)
    if not wanted.texts:
        return JSONResponse({"model": wanted.model, "embeddings": []})
    accepted = time.perf_counter_ns()
    try:
        vectors, tokens = await request.app.state.slot.embed(
            wanted.texts, truncate=wanted.truncate, gone=request.is_disconnected
        )
    except asyncio.CancelledError:  # uvicorn cancels what outlasts its patience at the end
        return JSONResponse({"error": "server is stopping"}, 503)
    return JSONResponse(
        {
            "model": wanted.model,
            "embeddings": _shortened(vectors, wanted.dimensions).tolist(),
            "total_duration": time.perf_counter_ns() - started,
            "load_duration": accepted - started,
            "prompt_eval_count": tokens,
        }
    )


async def show(request: Request) -> Response:
    """Describe a model."""
    verbose = protocol.parse_show(await request.body())
    return JSONResponse(request.app.state.card.show(verbose=verbose))


async def tags(request: Request) -> Response:
    """List the models there are."""
    return JSONResponse(request.app.state.card.tags())


async def running(request: Request) -> Response:
    """List the models that are loaded."""
    return JSONResponse(request.app.state.card.running())


async def version(_: Request) -> Response:
    """Tell the version."""
    return JSONResponse({"version": VERSION})


def _shortened(vectors: Vectors, dimensions: int) -> Vectors:
    if not 0 < dimensions < DIMENSIONS:
        return vectors
    head = vectors[:, :dimensions]
    return np.asarray(head / np.linalg.norm(head, axis=1, keepdims=True), dtype=np.float32)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, protocol.RequestError)
    return JSONResponse({"error": error.message}, error.status)


async def _no_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = {404: "404 page not found", 405: "405 method not allowed"}
    return PlainTextResponse(
        text.get(error.status_code, error.detail), error.status_code, error.headers
    )


async def _hung_up(_: Request, __: Exception) -> Response:
    return Response(status_code=499)
