"""When a request is sent again: what may be repeated, after which pause, and how often."""

import random
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from inkdex.core.requests import Request
from inkdex.errors import Unreachable

BUSY = frozenset({429, 503})
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 8.0
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient a client is.

    `attempts` bounds the tries in a row whose connection fails. `seconds` bounds how long a
    request waits for a busy server, and `bulk_seconds` how long a batch of an import does.
    """

    attempts: int = ATTEMPTS
    seconds: float = 60.0
    bulk_seconds: float = 3600.0


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
            yield Sleep(backoff(broken))
            continue
        pause = pause_after(response) if request.repeatable else None
        if pause is None or waited + pause > patience:
            return _deleted(request, response) if broken else response
        waited += pause
        broken = 0
        request = request.rest(response) if request.rest else request
        yield Sleep(pause)


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
