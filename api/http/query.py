"""Routes that refuse query parameters they do not know."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.datastructures import QueryParams

from api.http.parameters import caller, seen
from api.http.paths import POSITION_HEADER
from api.http.spending import spending
from shared.domain.errors import FieldError, InvalidInput

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class QueryRoute(APIRoute):
    """A route that answers 422 to an unknown query parameter, because it may be a misspelling."""

    def get_route_handler(self) -> Handler:
        handle = self.answering()
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

    def answering(self) -> Handler:
        """Return what answers a request whose parameters are known."""
        return super().get_route_handler()


class QueryModelRoute(QueryRoute):
    """A route whose endpoint takes services, caller, limits, a model of the query and a position.

    It returns a model. FastAPI only documents it. Its own handling of parameters, dependencies and
    answers takes as long as everything else between the server and the service.
    """

    def answering(self) -> Handler:
        model: Any = self.dependant.query_params[0].field_info.annotation
        answers = TypeAdapter[Any](self.response_model)

        async def answer(request: Request) -> Response:
            parameters = _read(model, request.query_params)
            found = await self.endpoint(
                request.app.state.services,
                await caller(request),
                await spending(request),
                parameters,
                await seen(request.headers.get(POSITION_HEADER)),
            )
            return Response(answers.dump_json(found), media_type="application/json")

        return answer


def _read(model: type[BaseModel], given: QueryParams) -> BaseModel:
    """Return the parameters as a model; raises RequestValidationError."""
    values: dict[str, Any] = dict(given)
    for name in given.keys() & model.model_fields.keys():
        if get_origin(model.model_fields[name].annotation) is list:
            values[name] = given.getlist(name)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError(
            [{**each, "loc": ("query", *each["loc"])} for each in found]
        ) from None


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
