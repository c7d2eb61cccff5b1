"""Routes that refuse query parameters they do not know."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.domain.errors import FieldError, InvalidInput


class QueryRoute(APIRoute):
    """A route that answers 422 to an unknown query parameter, because it may be a misspelling."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        known = sorted(set(_parameters(self.dependant)))
        remedy = f"use one of {', '.join(known)}" if known else "this request takes none"

        async def checked(request: Request) -> Response:
            if request.scope["query_string"]:
                unknown = [name for name in request.query_params if name not in known]
                if unknown:
                    message = f"is not a query parameter; {remedy}"
                    raise InvalidInput(*(FieldError(("query", name), message) for name in unknown))
            return await handle(request)

        return checked


def _parameters(dependant: Dependant) -> Iterator[str]:
    """Yield the names of a route's parameters and of those of its dependencies."""
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (each.alias or name for name, each in kind.model_fields.items())
        else:
            yield field.alias
    for below in dependant.dependencies:
        yield from _parameters(below)
