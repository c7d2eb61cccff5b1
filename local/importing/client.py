"""The API client of the import. It retries while the API is busy or does not answer."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import httpx

from local.errors import StackError

NDJSON = {"content-type": "application/x-ndjson"}
NO_ANSWER_SECONDS = 120.0
"""The client gives up after this long without an answer. It waits while the API is busy (429)."""
MAX_PAUSE_SECONDS = 5.0
RETRIED_STATUSES = frozenset({429, 502, 503, 504})


class Client:
    """A client of the bulk import. It passes the reason of each wait to `on_wait`."""

    def __init__(self, api: str, collection: str | None, on_wait: Callable[[str], None]) -> None:
        self._api = api
        self._params = {"collection": collection} if collection else {}
        self._on_wait = on_wait
        self._last_reason = ""
        self._http = httpx.Client(base_url=api, timeout=120.0, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, lines: Sequence[bytes]) -> dict[str, Any]:
        """Import lines and return the report. Sending a line twice is safe."""
        body = b"\n".join(lines)
        return self._request("POST", "/v1/documents/bulk", params=self._params, content=body)

    def stats(self) -> dict[str, Any]:
        return self._request("GET", "/v1/stats")

    def _request(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        give_up_at = time.monotonic() + NO_ANSWER_SECONDS
        while True:
            try:
                answer = self._http.request(method, path, headers=NDJSON, **request)
            except httpx.TransportError as error:
                pause, reason = 1.0, f"{self._api} does not answer ({type(error).__name__})"
            else:
                if answer.status_code not in RETRIED_STATUSES:
                    return _body(answer)
                pause, reason = _retry_after(answer), _detail(answer)
                if answer.status_code == 429:  # the API is busy, but it answers
                    give_up_at = time.monotonic() + NO_ANSWER_SECONDS
            if time.monotonic() > give_up_at:
                raise StackError(f"{reason}. Is `make up` running? Run the import again to resume.")
            self._report_wait(reason)
            time.sleep(min(pause, MAX_PAUSE_SECONDS))

    def _report_wait(self, reason: str) -> None:
        if reason != self._last_reason:
            self._on_wait(reason)
        self._last_reason = reason


def _retry_after(answer: httpx.Response) -> float:
    seconds = answer.headers.get("retry-after", "1")
    return float(seconds) if seconds.isdecimal() else 1.0


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        return f"The API answers {answer.status_code}"


def _body(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        raise StackError(f"{answer.request.url} answers {answer.status_code}: {_detail(answer)}.")
    body: dict[str, Any] = answer.json()
    return body
