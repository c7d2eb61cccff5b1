"""Every error a client can meet, as problem+json (RFC 9457)."""

import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from api.http.openai_errors import OPENAI_PATHS, openai_error
from api.http.paths import IMPORT_HEADER, STREAMED
from api.http.problem_types import PROBLEMS
from api.schemas import plain_messages
from api.schemas.documents import BulkOut, StoppedImportOut
from shared.domain.access_errors import (
    NotAuthenticated,
    QuotaExceeded,
    RateLimited,
)
from shared.domain.database_errors import DatabaseReadOnly, StorageFull
from shared.domain.documents.bulk_report import ImportStopped
from shared.domain.errors import FieldError, InkdexError, InvalidInput, TooBusy, UnexpectedFailure
from shared.domain.operations.security_headers import SECURITY_HEADERS

log = structlog.get_logger()

HTTP_TYPES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "content-too-large",
    415: "unsupported-media-type",
}
RETRY_AFTER_SECONDS = {429: 5, 503: 2}
LASTING = (StorageFull, DatabaseReadOnly)
STORAGE_RETRY_AFTER_SECONDS = 30
"""Somebody must free space or switch servers, which takes longer than a restart."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ERRORS_SHOWN = 20
CHARACTERS_SHOWN = 500
"""Paths and messages may quote what was sent. An answer must not grow with it."""


class ProblemResponse(JSONResponse):
    """A response of application/problem+json."""

    media_type = "application/problem+json"


Answer = Callable[[Request, Exception], Awaitable[ProblemResponse]]


def problem(
    status: int,
    type_: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> ProblemResponse:
    """Return an error in the form of RFC 9457, with further members."""
    body: dict[str, Any] = {
        "type": f"urn:inkdex:{type_}",
        "title": type_.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail[:CHARACTERS_SHOWN],
    }
    if errors:
        body["errors"] = [_shown(error) for error in errors[:ERRORS_SHOWN]]
    return ProblemResponse(body | dict(members or {}), status, headers)


def _shown(error: FieldError) -> dict[str, Any]:
    path = [part[:100] if isinstance(part, str) else part for part in error.path]
    return {"path": path, "message": error.message[:CHARACTERS_SHOWN]}


def install(app: FastAPI) -> None:
    app.add_exception_handler(InkdexError, _for_openai_too(_domain))
    app.add_exception_handler(ImportStopped, _stopped)
    app.add_exception_handler(RequestValidationError, _for_openai_too(_validation))
    app.add_exception_handler(HTTPException, _for_openai_too(_http))
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unexpected)


def _for_openai_too(answer: Answer) -> Answer:
    """Add the member that OpenAI's clients read, on their paths."""

    async def answer_both(request: Request, error: Exception) -> ProblemResponse:
        return _with_openai_error(await answer(request, error), request.scope["path"])

    return answer_both


def _with_openai_error(response: ProblemResponse, path: str) -> ProblemResponse:
    if path in OPENAI_PATHS:
        body = json.loads(bytes(response.body))
        response.body = response.render(body | {"error": openai_error(body)})
        response.headers["Content-Length"] = str(len(response.body))
    return response


def refusal(error: InkdexError, path: str) -> ProblemResponse:
    """Return the answer to a request that reaches no route."""
    return _with_openai_error(problem_of(error), path)


async def _domain(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, InkdexError)
    return problem_of(error)


def problem_of(error: InkdexError, members: Mapping[str, Any] | None = None) -> ProblemResponse:
    kind = next((kind for kind in type(error).__mro__ if kind in PROBLEMS), None)
    if kind is None:
        raise error
    status, type_ = PROBLEMS[kind]
    headers = {}
    if later := _retry_after(error, status):
        headers["Retry-After"] = str(later)
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    fields = error.errors if isinstance(error, InvalidInput) else ()
    return problem(
        status, type_, str(error), fields, headers, _details(error) | dict(members or {})
    )


def _details(error: InkdexError) -> dict[str, Any]:
    """Return the limit or the quota that is exceeded."""
    match error:
        case RateLimited():
            return {"limit": {"name": error.unit, "per_minute": error.limit}}
        case QuotaExceeded():
            return {"quota": {"name": error.quota, "size": error.size, "used": error.used}}
    return {}


def _retry_after(error: InkdexError, status: int) -> int | None:
    if isinstance(error, LASTING):
        return STORAGE_RETRY_AFTER_SECONDS
    if isinstance(error, RateLimited | QuotaExceeded) and error.seconds is None:
        return None
    if isinstance(error, TooBusy | RateLimited | QuotaExceeded) and error.seconds is not None:
        return max(1, math.ceil(error.seconds))
    return RETRY_AFTER_SECONDS.get(status)


async def _stopped(_: Request, error: Exception) -> ProblemResponse:
    """Return the problem of the cause, with the report of the import."""
    assert isinstance(error, ImportStopped)
    done = BulkOut.of(error.report, error.import_id)
    report = StoppedImportOut(line=error.line, **done.model_dump(by_alias=False))
    response = problem_of(error.cause, {"import": report.model_dump(mode="json")})
    if error.import_id is not None:
        response.headers[IMPORT_HEADER] = str(error.import_id)
    return response


async def _validation(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    fields = field_errors(error.errors())
    detail = "; ".join(f"{'.'.join(map(str, f.path))}: {f.message}" for f in fields[:3])
    return problem(422, "invalid", detail, fields)


def field_errors(found: Sequence[Any]) -> list[FieldError]:
    """Return what pydantic found, as errors of fields: the first ones."""
    return [FieldError(_path(each), _sentence(each)) for each in found[:ERRORS_SHOWN]]


def _path(error: dict[str, Any]) -> tuple[str | int, ...]:
    """Return a field's path in the body. Other paths start with `query`, `header` or `path`."""
    location = error["loc"]
    if error["type"] == "json_invalid":
        return ("body",)
    return tuple(location[1:] if location[0] == "body" and len(location) > 1 else location)


def _sentence(error: dict[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return plain_messages.of_json(error["ctx"]["error"])
    return plain_messages.of_field(error).encode(errors="replace").decode()  # no lone surrogates


async def _http(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    type_ = HTTP_TYPES.get(error.status_code, "http-error")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_allowed(request))
    return problem(error.status_code, type_, error.detail or type_, (), headers)


def _allowed(request: Request) -> list[str]:
    """Return the methods of all routes with this path. The framework names one route's."""
    methods = {method for method in METHODS if _takes(request, method)}
    has_head = "GET" in methods and request.url.path not in STREAMED
    return sorted(methods | ({"HEAD"} if has_head else set()))


def _takes(request: Request, method: str) -> bool:
    asked = {**request.scope, "method": method}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)


async def _gone(_: Request, __: Exception) -> ProblemResponse:
    """Complete the request of a client that has disconnected. Nobody reads the answer."""
    return problem(400, "client-disconnected", "The client disconnected.")


async def _unexpected(request: Request, error: Exception) -> ProblemResponse:
    log.error("request.failed", path=request.url.path, exc_info=error)
    # This answer bypasses the middleware that adds these headers to all others.
    headers = {"X-Request-ID": getattr(request.state, "request_id", ""), **SECURITY_HEADERS}
    return problem(500, "internal", str(UnexpectedFailure()), headers=headers)
