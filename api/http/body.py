"""Reads request bodies: strict JSON of the right content type, within limits."""

import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from fastapi import Request, Response
from pydantic_core import from_json
from starlette.exceptions import HTTPException

from api.http.json_limits import JsonLimits
from api.http.query import QueryRoute
from api.services import Services
from shared.domain.operations.memory_budget import FREE_BYTES, MemoryLoan
from shared.services.operations.long_work import LongWork

JSON_TYPES = frozenset({"application/json", "application/merge-patch+json"})
BODY_MAX_BYTES = 8 * 1024 * 1024
"""Room for a document of 1 MiB whose JSON escapes every character, and its metadata."""
FIELDS_MAX = 50
"""No body has more. The limit bounds the number of errors for unknown fields."""
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class StrictRequest(Request):
    """A request whose JSON holds no NaN, no infinity, no lone surrogate and no deep nesting.

    Python's own parser accepts the first three, but PostgreSQL does not.
    """

    loan: MemoryLoan
    long_work: LongWork
    max_bytes: int

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the body; raises 413 as soon as it is too long, and TooBusy."""
        _check_length(int(self.headers.get("content-length", 0)), self.max_bytes)
        received, limits = 0, JsonLimits()
        async for chunk in super().stream():
            received += len(chunk)
            _check_length(received, self.max_bytes)
            self.loan.resize(received)
            limits.feed(chunk)
            if received > FREE_BYTES:
                await self.long_work.next_turn()
            yield chunk

    async def json(self) -> Any:  # noqa: ANN401 - JSON values
        """Return the body's value; raises JSONDecodeError."""
        body = await self.body()
        try:
            value = from_json(body, allow_inf_nan=False, cache_strings=False)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from None
        if isinstance(value, dict) and len(value) > FIELDS_MAX:
            raise json.JSONDecodeError(f"more than {FIELDS_MAX} fields", "", 0)
        return value


class StrictRoute(QueryRoute):
    """A route that reads strict JSON and refuses other content types with 415."""

    body_max_bytes = BODY_MAX_BYTES

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()
        reads_body = self.body_field is not None
        may_be_empty = self.body_field and not self.body_field.field_info.is_required()

        async def strict(request: Request) -> Response:
            if not (reads_body and request.method in METHODS_WITH_BODY) or (
                may_be_empty and _is_empty(request)
            ):
                return await handle(request)
            require_content_type(request, JSON_TYPES)
            inkdex: Services = request.app.state.services
            strict_request = StrictRequest(request.scope, request.receive)
            strict_request.max_bytes = self.body_max_bytes
            strict_request.long_work = inkdex.long_work
            with inkdex.body_budget.loan() as strict_request.loan:
                # FastAPI would answer 400 if reading raised one of our own errors.
                async with inkdex.shutdown.interrupts():
                    await strict_request.body()
                return await handle(strict_request)

        return strict


class ShortBodyRoute(StrictRoute):
    """A strict route whose body holds no document. Reading 8 MiB takes up to 60 ms."""

    body_max_bytes = 1024 * 1024


def _is_empty(request: Request) -> bool:
    headers = request.headers
    return headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers


def _check_length(length: int, limit: int) -> None:
    """Raise 413 for a body that is too long. The framework's own limit answers in plain text."""
    if length > limit:
        raise HTTPException(413, f"The body is over {limit:,} bytes.")


def require_content_type(request: Request, allowed: frozenset[str]) -> str:
    """Return the request's media type; raises 415 unless it is `allowed`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in allowed:
        raise HTTPException(
            415,
            f"The Content-Type is {media_type or 'missing'}; send {' or '.join(sorted(allowed))}.",
            headers={"Accept-Post": ", ".join(sorted(allowed))},
        )
    return media_type
