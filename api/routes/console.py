"""The web console: pages made from templates, and static files."""

import mimetypes
import os
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.pages.contents import PAGES
from api.pages.links import Links

FOLDER = Path(__file__).parent.parent / "console"
TEMPLATES = Path(__file__).parent.parent / "pages"

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
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    for page in PAGES:
        template = templates.get_template(f"{page.name}.html", globals={"current": page})
        app.add_api_route(
            page.path, _sender(template), methods=["GET", "HEAD"], include_in_schema=False
        )
    app.mount("/console", ConsoleFiles(directory=FOLDER), name="console")


def _sender(template: Template) -> Callable[[Request], Awaitable[Response]]:
    async def send(request: Request) -> Response:
        html = _render(template, request.query_params)
        tag = f'"{sha256(html.encode()).hexdigest()[:32]}"'
        headers = HEADERS | {"ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(html, headers=headers)

    return send


def _render(template: Template, address: QueryParams) -> str:
    return template.render(pages=PAGES, links=Links.of(address), has_id=bool(address.get("id")))
