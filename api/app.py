"""The API application: its middleware, its routes and its lifetime."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from api.composition.running import running_services
from api.http import errors, openapi
from api.http.responses import EVERYWHERE
from api.measured import Measured
from api.middleware.authentication import Authentication
from api.middleware.cross_site import CrossSiteRequests
from api.middleware.head import HeadRequests
from api.middleware.positions import Positions
from api.middleware.rate_limits import RateLimiting
from api.middleware.request_log import RequestLog
from api.middleware.security_headers import SecurityHeaders
from api.middleware.tracing import RequestTracing
from api.middleware.trusted_host import TrustedHosts
from api.routes import (
    activity,
    ask,
    audit,
    bulk,
    chunks,
    collections,
    console,
    documents,
    events,
    exports,
    failures,
    files,
    imports,
    keys,
    mcp,
    metrics,
    openai_chat,
    openai_embeddings,
    search,
    similar,
    status,
    tenants,
    timeline,
    usage,
    webhooks,
    whoami,
)
from shared import __version__
from shared.adapters.observability.tracing import Tracing, configured_tracing
from shared.config import Settings, get_settings

FOREIGN_PAGES: Final[dict[str, Any]] = {
    "allow_methods": ["GET", "POST", "PUT", "PATCH", "DELETE"],
    "allow_headers": [
        "Authorization",
        "Content-Type",
        "If-Match",
        "If-None-Match",
        "Inkdex-Position",
        "Last-Event-ID",
    ],
    "expose_headers": [
        "ETag",
        "Inkdex-Import",
        "Inkdex-Position",
        "Location",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
    ],
}
"""What pages of INKDEX_BROWSER_ORIGINS may send and read."""
DESCRIPTION = """
A write is stored at once with status `pending`. Workers embed it through Ollama and mark it
`ready`. A search embeds its query only, so it is fast while others write.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application. It connects when it starts, and starts without any server."""
    settings = settings or get_settings()
    measured = Measured.of(settings)
    tracing = configured_tracing(settings, "inkdex-api")
    # FastAPIOffline serves the scripts of /docs itself, so that no other host is contacted.
    app = FastAPIOffline(
        title="Inkdex",
        version=__version__,
        description=DESCRIPTION,
        lifespan=_lifespan(settings, measured, tracing),
        responses=EVERYWHERE,
        generate_unique_id_function=openapi.operation_name,
        # FastAPI's own spans and logs would hold queries and error messages.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    errors.install(app)
    if settings.replicas:
        app.add_middleware(Positions)
    app.add_middleware(RateLimiting)
    app.add_middleware(HeadRequests)
    app.add_middleware(Authentication)
    app.add_middleware(
        CrossSiteRequests, trusted=settings.own_hosts, origins=settings.origins_of_pages
    )
    if settings.origins_of_pages:
        app.add_middleware(CORSMiddleware, allow_origins=settings.origins_of_pages, **FOREIGN_PAGES)
    app.add_middleware(TrustedHosts, allowed=settings.own_hosts)
    if tracing.enabled:
        app.add_middleware(RequestTracing, tracer=tracing.tracer)
    app.add_middleware(RequestLog, meter=measured.metrics, durations=measured.durations)
    app.add_middleware(SecurityHeaders)
    # Each request tries them in this order.
    for part in (
        *(search, ask, bulk, similar, timeline, chunks, documents, exports, collections, events),
        *(status, activity, failures, metrics, webhooks),
        *(openai_chat, openai_embeddings, files, usage, whoami, keys, tenants, audit, imports, mcp),
    ):
        app.include_router(part.router)
    console.install(app)
    openapi.install(app)
    return app


def _lifespan(
    settings: Settings, measured: Measured, tracing: Tracing
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running_services(settings, measured, tracing.tracer) as services:
            app.state.services = services
            yield
        await asyncio.to_thread(tracing.close)

    return lifespan
