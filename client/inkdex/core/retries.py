"""When a request is sent again: what may be repeated, after which pause, and how often."""

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from inkdex.core.requests import Request
from inkdex.errors import Unreachable, problem_of

BUSY = frozenset({429, 503})
AWAY = frozenset({502, 503, 504})
"""A proxy answers so while the server restarts."""
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 8.0
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient a client is.

    `attempts` bounds the tries in a row whose connection fails. `seconds` bounds how long a
    request waits for a busy server, and `bulk_seconds` how long a batch of an import does.
    `on_wait` is called with the reason before each pause.
    """

    attempts: int = ATTEMPTS
    seconds: float = 60.0
    bulk_seconds: float = 3600.0
    on_wait: Callable[[str], None] | None = None

    def pause(self, seconds: float, reason: str) -> "Sleep":
        """Return the step that waits, and tell why."""
        if self.on_wait:
            self.on_wait(reason)
        return Sleep(seconds)


@dataclass(frozen=True, slots=True)
class Once:
    """Send a request once. Gives the httpx.Response; its body is read unless `stream` is set."""

    request: Request
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait. Gives nothing."""

    seconds: float


def attempts(
    request: Request, retries: Retries, *, stream: bool = False
) -> Generator[Once | Sleep, Any, httpx.Response]:
    """Send a request until it is answered, or must not be sent again; raises Unreachable."""
    waited, broken = 0.0, 0
    patience = retries.bulk_seconds if request.patient else retries.seconds
    while True:
        try:
            response: httpx.Response = yield Once(request, stream)
        except Unreachable as error:
            broken += 1
            if broken >= retries.attempts or (error.sent and not request.repeatable):
                raise
            yield retries.pause(backoff(broken), str(error))
            continue
        if request.patient and _is_away(response):
            broken += 1
            if broken >= retries.attempts:
                return response
            pause = backoff(broken)
        else:
            asked = pause_after(response) if request.repeatable else None
            if asked is None or waited + asked > patience:
                return _deleted(request, response) if broken else response
            pause, broken = asked, 0
            waited += pause
        request = request.rest(response) if request.rest else request
        yield retries.pause(pause, problem_of(response.status_code, response.content).detail)


def _is_away(response: httpx.Response) -> bool:
    return response.status_code in AWAY and "retry-after" not in response.headers


def _deleted(request: Request, response: httpx.Response) -> httpx.Response:
    """Return success if an earlier try, whose answer was lost, has deleted what is gone."""
    if request.method == "DELETE" and response.status_code == httpx.codes.NOT_FOUND:
        return httpx.Response(httpx.codes.NO_CONTENT, request=response.request)
    return response


def pause_after(response: httpx.Response) -> float | None:
    """Return how long a busy server wants to be left alone, or None if it is not busy."""
    after = response.headers.get("retry-after")
    if response.status_code not in BUSY or after is None:
        return None
    if after.isdecimal():
        return float(after)
    try:
        left = parsedate_to_datetime(after) - datetime.now(UTC)
    except (ValueError, TypeError):
        return FIRST_PAUSE_SECONDS
    return max(0.0, left.total_seconds())


def backoff(failures: int) -> float:
    """Return the pause after so many failures in a row, in seconds, with jitter."""
    longest: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads clients, hides nothing
