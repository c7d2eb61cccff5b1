"""How bodies are read: strict JSON, of the right content type, within the limits."""

import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.exceptions import HTTPException

JSON_TYPES = frozenset({"application/json", "application/merge-patch+json"})
BODY_MAX_BYTES = 8 * 1024 * 1024
"""A document of 1 MiB whose JSON escapes every character, and its metadata."""
FIELDS_MAX = 50
"""Far more than any body has: an error for each of a million unknown ones helps nobody."""
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class StrictRequest(Request):
    """A request whose JSON holds no NaN, no infinity, no lone surrogate and no abyss of nesting.

    Python's own parser takes the first three, and PostgreSQL none of them.
    """

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the body; raises 413 as soon as it is too long, before it is in memory."""
        received = 0
        async for chunk in super().stream():
            received += len(chunk)
            if received > BODY_MAX_BYTES:
                # The framework's own limit would answer in plain text.
                raise HTTPException(413, f"The body is over {BODY_MAX_BYTES:,} bytes.")
            yield chunk

    async def json(self) -> Any:  # noqa: ANN401 - JSON values
        """Return the body's value; raises JSONDecodeError for whatever it can't be read as."""
        body = await self.body()
        try:
            value = from_json(body, allow_inf_nan=False, cache_strings=False)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from None
        if isinstance(value, dict) and len(value) > FIELDS_MAX:
            raise json.JSONDecodeError(f"more than {FIELDS_MAX} fields", "", 0)
        return value


class StrictRoute(APIRoute):
    """A route that reads bodies by StrictRequest and refuses other content types with a 415."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()
        reads_body = self.body_field is not None

        async def strict(request: Request) -> Response:
            if reads_body and request.method in METHODS_WITH_BODY:
                require_content_type(request, JSON_TYPES)
            response: Response = await handle(StrictRequest(request.scope, request.receive))
            return response

        return strict


def require_content_type(request: Request, allowed: frozenset[str]) -> str:
    """Return the request's media type; raises 415 if it is none of `allowed`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in allowed:
        raise HTTPException(
            415,
            f"The Content-Type is {media_type or 'missing'}; send {' or '.join(sorted(allowed))}.",
            headers={"Accept-Post": ", ".join(sorted(allowed))},
        )
    return media_type
