"""The console: a page without a build step, which may load nothing but itself."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent.parent / "console"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src data:; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}


def install(app: FastAPI) -> None:
    """Serve the page at `/` and its parts below `/console`."""
    app.add_api_route("/", page, include_in_schema=False)
    app.mount("/console", StaticFiles(directory=FOLDER), name="console")


def page() -> FileResponse:
    """Return the page."""
    return FileResponse(FOLDER / "index.html", headers=HEADERS)
