"""The two drivers: one blocks and the other awaits. Nothing else knows the difference."""

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from inkdex.core.positions import Positions
from inkdex.core.retries import Once, Retries, Sleep, attempts
from inkdex.core.steps import END, Item, Items, Open, Pull, Read, Send, Step, Steps
from inkdex.errors import Unreachable

T = TypeVar("T")
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a step gave, or why it failed."""

    value: Any = None
    error: Unreachable | None = None

    def into(self, flow: Generator[Any, Any, Any]) -> Any:  # noqa: ANN401 - a step
        """Resume the flow, and return its next step; raises StopIteration at its end."""
        return flow.send(self.value) if self.error is None else flow.throw(self.error)


class _Body:
    """The response whose body is being read, if any."""

    def __init__(self) -> None:
        self.response: httpx.Response | None = None
        self.chunks: Any = None


def _unreachable(
    error: httpx.TransportError, http: httpx.Client | httpx.AsyncClient
) -> Unreachable:
    reason = str(error) or type(error).__name__
    return Unreachable(
        f"{http.base_url} does not answer: {reason}", sent=not isinstance(error, NOT_SENT)
    )


class Driver:
    """Performs steps by an httpx.Client."""

    def __init__(self, http: httpx.Client, retries: Retries) -> None:
        self.http = http
        self._retries = retries
        self._positions = Positions()

    def run(self, steps: Steps[T]) -> T:
        """Perform an operation and return its result."""
        flow, outcome, body = iter(steps), _Outcome(), _Body()
        try:
            while True:
                outcome = self._outcome(outcome.into(flow), body)
        except StopIteration as end:
            result: T = end.value
            return result

    def iterate(self, items: Items[T]) -> Iterator[T]:
        """Perform an operation and yield what it hands out."""
        outcome, body = _Outcome(), _Body()
        with closing(items):
            try:
                while True:
                    step = outcome.into(items)
                    if isinstance(step, Item):
                        yield step.value
                        outcome = _Outcome()
                    else:
                        outcome = self._outcome(step, body)
            except StopIteration:
                return
            finally:
                self._close(body)

    def _outcome(self, step: Step, body: _Body) -> _Outcome:
        try:
            return _Outcome(self._perform(step, body))
        except httpx.TransportError as error:
            return _Outcome(error=_unreachable(error, self.http))
        except Unreachable as error:
            return _Outcome(error=error)

    def _perform(self, step: Step, body: _Body) -> Any:  # noqa: ANN401 - one for each step
        match step:
            case Send(request):
                return self.run(attempts(request, self._retries))
            case Open(request):
                self._close(body)
                body.response = self.run(attempts(request, self._retries, stream=True))
                body.chunks = body.response.iter_bytes()
                return body.response
            case Read():
                return next(body.chunks, None)
            case Pull(source):
                assert isinstance(source, Iterator)
                return next(source, END)
            case Sleep(seconds):
                return time.sleep(seconds)
            case Once():
                return self._send(step)

    def _send(self, step: Once) -> httpx.Response:
        number = self._positions.begin()
        with step.request.opened() as arguments:
            method, path = step.request.method, step.request.path
            arguments["headers"] = self._positions.headers(step.request)
            request = self.http.build_request(method, path, **arguments)
            response = self.http.send(request, stream=step.stream)
        self._positions.note(number, step.request, response)
        if step.stream and response.is_error:
            response.read()
        return response

    def _close(self, body: _Body) -> None:
        if body.response is not None:
            body.response.close()
            body.response = None


class AsyncDriver:
    """Performs the same steps by an httpx.AsyncClient."""

    def __init__(self, http: httpx.AsyncClient, retries: Retries) -> None:
        self.http = http
        self._retries = retries
        self._positions = Positions()

    async def run(self, steps: Steps[T]) -> T:
        """Perform an operation and return its result."""
        flow, outcome, body = iter(steps), _Outcome(), _Body()
        while True:
            try:
                step = outcome.into(flow)
            except StopIteration as end:
                result: T = end.value
                return result
            outcome = await self._outcome(step, body)

    async def iterate(self, items: Items[T]) -> AsyncIterator[T]:
        """Perform an operation and yield what it hands out."""
        outcome, body = _Outcome(), _Body()
        with closing(items):
            try:
                while (step := _next(outcome, items)) is not END:
                    if isinstance(step, Item):
                        yield step.value
                        outcome = _Outcome()
                    else:
                        outcome = await self._outcome(step, body)
            finally:
                await self._close(body)

    async def _outcome(self, step: Step, body: _Body) -> _Outcome:
        try:
            return _Outcome(await self._perform(step, body))
        except httpx.TransportError as error:
            return _Outcome(error=_unreachable(error, self.http))
        except Unreachable as error:
            return _Outcome(error=error)

    async def _perform(self, step: Step, body: _Body) -> Any:  # noqa: ANN401, PLR0911 - likewise
        match step:
            case Send(request):
                return await self.run(attempts(request, self._retries))
            case Open(request):
                await self._close(body)
                body.response = await self.run(attempts(request, self._retries, stream=True))
                body.chunks = body.response.aiter_bytes()
                return body.response
            case Read():
                return await anext(body.chunks, None)
            case Pull(source):
                if isinstance(source, AsyncIterator):
                    return await anext(source, END)
                return next(source, END)
            case Sleep(seconds):
                return await asyncio.sleep(seconds)
            case Once():
                return await self._send(step)

    async def _send(self, step: Once) -> httpx.Response:
        number = self._positions.begin()
        with step.request.opened() as arguments:
            method, path = step.request.method, step.request.path
            arguments["headers"] = self._positions.headers(step.request)
            request = self.http.build_request(method, path, **arguments)
            response = await self.http.send(request, stream=step.stream)
        self._positions.note(number, step.request, response)
        if step.stream and response.is_error:
            await response.aread()
        return response

    async def _close(self, body: _Body) -> None:
        if body.response is not None:
            await body.response.aclose()
            body.response = None


def _next(outcome: _Outcome, items: Items[T]) -> Any:  # noqa: ANN401 - a step, or END
    try:
        return outcome.into(items)
    except StopIteration:
        return END
