"""The API as an import needs it: patient with a server that is away or busy."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import httpx

from local.errors import StackError

NDJSON = {"content-type": "application/x-ndjson"}
PATIENCE_SECONDS = 120.0
"""How long an API that does not answer is waited for; one that is busy is waited for anyhow."""
LONGEST_PAUSE_SECONDS = 5.0
AWAY = frozenset({429, 502, 503, 504})
"""Answers of an API, or of a proxy before it, that will answer otherwise later."""

Tell = Callable[[str], None]


class Client:
    """A user of the bulk import; `tell` hears why it waits."""

    def __init__(self, api: str, collection: str | None, tell: Tell) -> None:
        self._api = api
        self._params = {"collection": collection} if collection else {}
        self._tell = tell
        self._told = ""
        self._http = httpx.Client(base_url=api, timeout=120.0, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, lines: Sequence[bytes]) -> dict[str, Any]:
        """Import lines and return the report; what was sent before is only unchanged."""
        body = b"\n".join(lines)
        return self._ask("POST", "/v1/documents/bulk", params=self._params, content=body)

    def stats(self) -> dict[str, Any]:
        """Return the figures of the whole system."""
        return self._ask("GET", "/v1/stats")

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._http.request(method, path, headers=NDJSON, **request)
            except httpx.TransportError as error:
                pause, reason = 1.0, f"{self._api} does not answer ({type(error).__name__})"
            else:
                if answer.status_code not in AWAY:
                    return _body(answer)
                pause, reason = _retry_after(answer), _detail(answer)
                if answer.status_code == 429:  # it does answer
                    give_up_at = time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() > give_up_at:
                raise StackError(f"{reason}. Is `make up` running? Run this again to go on.")
            self._say(reason)
            time.sleep(min(pause, LONGEST_PAUSE_SECONDS))

    def _say(self, reason: str) -> None:
        if reason != self._told:
            self._tell(reason)
        self._told = reason


def _retry_after(answer: httpx.Response) -> float:
    said = answer.headers.get("retry-after", "1")
    return float(said) if said.isdecimal() else 1.0


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        return f"it answers {answer.status_code}"


def _body(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        raise StackError(f"{answer.request.url} answers {answer.status_code}: {_detail(answer)}.")
    body: dict[str, Any] = answer.json()
    return body
