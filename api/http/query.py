"""Routes that refuse query parameters they do not know."""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, get_args, get_origin

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
    """A route that answers 422 to a query parameter that is unknown, or given twice in vain.

    An unknown one may be a misspelling. Of two filters only one would be used.
    """

    def get_route_handler(self) -> Handler:
        handle = self.answering()
        known = dict(sorted(_parameters(self.dependant)))

        async def checked(request: Request) -> Response:
            if request.scope["query_string"]:
                errors = list(_misused(request.query_params, known))
                if errors:
                    raise InvalidInput(*errors)
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
        if _takes_many(model.model_fields[name].annotation):
            values[name] = given.getlist(name)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError(
            [{**each, "loc": ("query", *each["loc"])} for each in found]
        ) from None


def _misused(given: QueryParams, known: Mapping[str, bool]) -> Iterator[FieldError]:
    """Yield an error for each name that is unknown, and for each that may not be repeated."""
    remedy = f"use one of {', '.join(known)}" if known else "this request takes none"
    for name, times in Counter(name for name, _ in given.multi_items()).items():
        if name not in known:
            yield FieldError(("query", name), f"is not a query parameter; {remedy}")
        elif times > 1 and not known[name]:
            yield FieldError(("query", name), "is given more than once; give it once")


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Yield each parameter of a route and its dependencies, and whether it may be repeated."""
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, each in kind.model_fields.items():
                yield each.alias or name, _takes_many(each.annotation)
        else:
            yield field.alias, _takes_many(kind)
    for below in dependant.dependencies:
        yield from _parameters(below)


def _takes_many(annotation: object) -> bool:
    return any(get_origin(each) is list for each in (annotation, *get_args(annotation)))
