"""Every error a client can meet, as problem+json (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.domain.errors import (
    DatabaseUnavailable,
    DocumentExists,
    DocumentInvalid,
    DocumentNotFound,
    DocumentTooLarge,
    FieldError,
    InkdexError,
    ModelUnavailable,
    VersionConflict,
)

log = structlog.get_logger()

PROBLEMS: dict[type[InkdexError], tuple[int, str, str | None]] = {
    DocumentTooLarge: (413, "document-too-large", None),
    DocumentInvalid: (422, "invalid", None),
    DocumentNotFound: (404, "document-not-found", "There is no such document in this collection."),
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
    DatabaseUnavailable: (503, "database-unavailable", "PostgreSQL does not answer. Try again."),
    ModelUnavailable: (503, "model-unavailable", None),
}
"""Domain error -> status, type and detail; None: the error's own text."""

RETRY_AFTER_SECONDS = 2


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
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = [{"path": list(e.path), "message": e.message} for e in errors]
    return ProblemResponse(body, status, headers)


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""
    app.add_exception_handler(InkdexError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _domain(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, InkdexError)
    known = next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), None)
    if known is None:
        raise error
    status, type_, detail = known
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    fields = error.errors if isinstance(error, DocumentInvalid) else ()
    return problem(status, type_, detail or str(error), fields, headers)


async def _validation(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    fields = [FieldError(_path(e["loc"]), _sentence(e)) for e in error.errors()]
    detail = "; ".join(f"{'.'.join(map(str, f.path))}: {f.message}" for f in fields[:3])
    return problem(422, "invalid", detail, fields)


def _path(location: Sequence[str | int]) -> tuple[str | int, ...]:
    """Return a field's path in the body, or with the part of the request it was in."""
    return tuple(location[1:] if location[0] == "body" and len(location) > 1 else location)


def _sentence(error: dict[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"The body is not valid JSON: {error['ctx']['error']}"
    message = str(error["msg"])
    return message if message.isascii() else message.encode("ascii", "replace").decode()


async def _http(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    type_ = phrase.lower().replace(" ", "-")
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, type_, error.detail or phrase, (), headers)


async def _unexpected(request: Request, error: Exception) -> ProblemResponse:
    log.error("request.failed", path=request.url.path, exc_info=error)
    return problem(500, "internal", "Something went wrong here; the log has the details.")
