"""The web console: static files that may load nothing from elsewhere."""

import mimetypes
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent.parent / "console"

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    # The browser refuses to turn strings into HTML.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
HEADERS = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
}

PAGES = {
    "/": "index.html",
    "/console/ask": "ask.html",
    "/console/models": "models.html",
    "/console/access": "access.html",
}


class ConsoleFiles(StaticFiles):
    """The console's files, each with an ETag and the security headers."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(HEADERS)
        return response


def install(app: FastAPI) -> None:
    """Serve the pages, and their parts below `/console`."""
    # Some systems register another type for .js. Because of `nosniff`, browsers would not run it.
    mimetypes.add_type("text/javascript", ".js")
    files = ConsoleFiles(directory=FOLDER)

    for path, name in PAGES.items():
        app.add_api_route(
            path, _page(files, name), methods=["GET", "HEAD"], include_in_schema=False
        )
    app.mount("/console", files, name="console")


def _page(files: ConsoleFiles, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        return await files.get_response(name, request.scope)

    return page
