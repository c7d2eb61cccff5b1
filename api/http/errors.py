"""Every error a client can meet, as problem+json (RFC 9457)."""

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from api.http.paths import STREAMED
from shared.domain.errors import (
    DatabaseUnavailable,
    DocumentExists,
    DocumentInvalid,
    DocumentNotFound,
    DocumentTooLarge,
    FieldError,
    InkdexError,
    ModelUnavailable,
    TooBusy,
    VersionConflict,
    WebhookNotFound,
)

log = structlog.get_logger()

PROBLEMS: dict[type[InkdexError], tuple[int, str, str | None]] = {
    DocumentTooLarge: (413, "document-too-large", None),
    DocumentInvalid: (422, "invalid", None),
    DocumentNotFound: (404, "document-not-found", "There is no such document in this collection."),
    WebhookNotFound: (404, "webhook-not-found", "This collection has no webhook."),
    DocumentExists: (
        409,
        "document-exists",
        "This id is taken. PUT /v1/documents/{id} replaces a document.",
    ),
    VersionConflict: (
        412,
        "version-conflict",
        "The document is not at the version that the request asks for. Read it and try again.",
    ),
    TooBusy: (429, "too-busy", None),
    DatabaseUnavailable: (503, "database-unavailable", "PostgreSQL does not answer. Try again."),
    ModelUnavailable: (503, "model-unavailable", None),
}
"""Domain error -> status, type and detail; None: the error's own text."""

HTTP_TYPES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "content-too-large",
    415: "unsupported-media-type",
}
RETRY_AFTER_SECONDS = {429: 5, 503: 2}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ERRORS_SHOWN = 20
CHARACTERS_SHOWN = 500
"""An answer must not grow with what was sent: paths and messages may quote it."""


class ProblemResponse(JSONResponse):
    """A response of application/problem+json."""

    media_type = "application/problem+json"


def problem(
    status: int,
    type_: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
) -> ProblemResponse:
    """Return an error as RFC 9457 has it; `errors` name fields by their path."""
    body: dict[str, Any] = {
        "type": f"urn:inkdex:{type_}",
        "title": type_.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail[:CHARACTERS_SHOWN],
    }
    if errors:
        body["errors"] = [_shown(error) for error in errors[:ERRORS_SHOWN]]
    return ProblemResponse(body, status, headers)


def _shown(error: FieldError) -> dict[str, Any]:
    path = [part[:100] if isinstance(part, str) else part for part in error.path]
    return {"path": path, "message": error.message[:CHARACTERS_SHOWN]}


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""
    app.add_exception_handler(InkdexError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unexpected)


async def _domain(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, InkdexError)
    known = next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), None)
    if known is None:
        raise error
    status, type_, detail = known
    later = RETRY_AFTER_SECONDS.get(status)
    headers = {"Retry-After": str(later)} if later else None
    fields = error.errors if isinstance(error, DocumentInvalid) else ()
    return problem(status, type_, detail or str(error), fields, headers)


async def _validation(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()[:ERRORS_SHOWN]
    fields = [FieldError(_path(e), _sentence(e)) for e in found]
    detail = "; ".join(f"{'.'.join(map(str, f.path))}: {f.message}" for f in fields[:3])
    return problem(422, "invalid", detail, fields)


def _path(error: dict[str, Any]) -> tuple[str | int, ...]:
    """Return a field's path in the body, or with the part of the request it was in."""
    location = error["loc"]
    if error["type"] == "json_invalid":
        return ("body",)
    return tuple(location[1:] if location[0] == "body" and len(location) > 1 else location)


def _sentence(error: dict[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"The body is not valid JSON: {error['ctx']['error']}"
    message = str(error["msg"])
    return message if message.isascii() else message.encode("ascii", "replace").decode()


async def _http(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    type_ = HTTP_TYPES.get(error.status_code, "http-error")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_allowed(request))
    return problem(error.status_code, type_, error.detail or type_, (), headers)


def _allowed(request: Request) -> list[str]:
    """Return the methods of all routes that take the path; the framework names the first's."""
    methods = {method for method in METHODS if _takes(request, method)}
    has_head = "GET" in methods and request.url.path not in STREAMED
    return sorted(methods | ({"HEAD"} if has_head else set()))


def _takes(request: Request, method: str) -> bool:
    asked = {**request.scope, "method": method}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)


async def _gone(_: Request, __: Exception) -> ProblemResponse:
    """Answer a client that hung up in mid-request, for form's sake."""
    return problem(400, "client-disconnected", "The request broke off.")


async def _unexpected(request: Request, error: Exception) -> ProblemResponse:
    log.error("request.failed", path=request.url.path, exc_info=error)
    # This answer is made outside of the middleware that gives all others their request's id.
    headers = {"X-Request-ID": getattr(request.state, "request_id", "")}
    detail = "Something went wrong here; the log has the details."
    return problem(500, "internal", detail, headers=headers)
