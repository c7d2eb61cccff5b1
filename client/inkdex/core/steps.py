"""What an operation may ask for while it runs, and the simplest operation: a call."""

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import httpx

from inkdex.core.requests import JSON_TYPE, REPEATABLE, Request, encoded, filled
from inkdex.core.retries import Once, Sleep
from inkdex.errors import error_of, problem_of

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request, again if need be. Gives the httpx.Response, with its body."""

    request: Request


@dataclass(frozen=True, slots=True)
class Open:
    """Send a request, again if need be. Gives the httpx.Response; `Read` reads its body."""

    request: Request


@dataclass(frozen=True, slots=True)
class Read:
    """Gives the next bytes of the body that is open, or None at its end."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Gives the next element of the caller's iterator, or END."""

    source: Iterator[Any] | AsyncIterator[Any]


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """Hands a value to the caller. Gives nothing."""

    value: T


class End:
    """The type of END."""


END = End()

Step: TypeAlias = Send | Open | Read | Pull | Once | Sleep
Flow: TypeAlias = Generator[Step, Any, T]
"""Steps that end with a result. Unreachable is thrown into them where a connection fails."""
Items: TypeAlias = Generator[Step | Item[T], Any, None]
"""Steps that hand out values in between."""


class Steps(Protocol[T_co]):
    """What a driver runs: a Flow or a Call."""

    def __iter__(self) -> Generator[Step, Any, T_co]:
        """Return the steps."""
        ...


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """An operation of one request: the request, and how its answer is read.

    `path` is the template of the API's description, `values` fills it. A flow uses a call by
    `yield from`.
    """

    method: str
    path: str
    read: Callable[[bytes], T]
    values: Mapping[str, str | int] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool | None = None
    timeout: float | None = None

    @property
    def request(self) -> Request:
        """The request. One with a precondition is not repeated: its own first try breaks it."""
        repeatable = self.method in REPEATABLE if self.repeatable is None else self.repeatable
        has_body = self.json is not None
        return Request(
            self.method,
            filled(self.path, **self.values),
            self.params,
            {**(JSON_TYPE if has_body else {}), **self.headers},
            encoded(self.json) if has_body else None,
            repeatable=repeatable and "If-Match" not in self.headers,
            timeout=self.timeout,
        )

    def __iter__(self) -> Flow[T]:
        """Return the steps."""
        response: httpx.Response = yield Send(self.request)
        return self.read(checked(response).content)


def checked(response: httpx.Response) -> httpx.Response:
    """Return a successful response; raises ApiError."""
    if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
        return response
    pause = response.headers.get("retry-after", "")
    raise error_of(
        problem_of(response.status_code, response.content),
        float(pause) if pause.isdecimal() else None,
    )


def nothing(_: bytes) -> None:
    """Read an answer without a body."""
