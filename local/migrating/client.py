"""The API client of migrations."""

import time
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import quote

import httpx

from local.api import authorization, detail, problem
from local.errors import StackError
from shared.config import Settings
from shared.domain.models.migration import ENDED_STATES

Migration = dict[str, Any]
"""A migration as the API describes it."""

NO_ANSWER_SECONDS = 120.0
"""A watcher gives up after this long without an answer. The migration goes on."""
RETRY_SECONDS = 1.0
RETRIED_STATUSES = frozenset({429, 502, 503, 504})
ALREADY_RUNS = "urn:inkdex:migration-running"


class MigrationRuns(Exception):
    """The collection already has a migration that has not ended."""


class Client:
    """A client of the migrations of one collection."""

    def __init__(self, api: str, collection: str, on_wait: Callable[[str], None]) -> None:
        """`on_wait` is called with the reason when the API stops answering."""
        self._api = api
        self._on_wait = on_wait
        self._path = f"/v1/collections/{quote(collection, safe='')}/migrations"
        self._http = httpx.Client(
            base_url=api, timeout=60.0, trust_env=False, headers=authorization(Settings())
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def start(self, wanted: dict[str, Any]) -> Migration:
        """Start a migration. Raises MigrationRuns."""
        return self._request("POST", self._path, json=wanted)

    def newest(self) -> Migration | None:
        """Return the migration that was started last."""
        items: list[Migration] = self._request("GET", self._path)["items"]
        return items[0] if items else None

    def running(self) -> Migration | None:
        """Return the migration that has not ended. A collection has one at most."""
        newest = self.newest()
        return None if newest is None or newest["state"] in ENDED_STATES else newest

    def act(self, migration: Migration, action: str) -> Migration:
        return self._request("POST", f"{self._path}/{migration['id']}/{action}", json={})

    def read(self, migration: Migration) -> Migration:
        """Return the migration as it is now. Wait while the API does not answer."""
        give_up_at = time.monotonic() + NO_ANSWER_SECONDS
        waits = False
        while True:
            answer, reason = self._try(f"{self._path}/{migration['id']}")
            if answer is not None and answer.status_code not in RETRIED_STATUSES:
                return self._body(answer)
            if time.monotonic() > give_up_at:
                raise StackError(f"{reason}. The migration goes on when Inkdex runs again.")
            if not waits:
                self._on_wait(reason)
            waits = True
            time.sleep(RETRY_SECONDS)

    def _try(self, path: str) -> tuple[httpx.Response | None, str]:
        try:
            answer = self._http.get(path)
        except httpx.TransportError as error:
            return None, self._no_answer(error)
        return answer, "" if answer.is_success else detail(answer)

    def _request(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        try:
            answer = self._http.request(method, path, **request)
        except httpx.TransportError as error:
            raise StackError(f"{self._no_answer(error)}. Is `make up` running?") from None
        return self._body(answer)

    def _no_answer(self, error: httpx.TransportError) -> str:
        return f"{self._api} does not answer ({type(error).__name__})"

    def _body(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.is_success:
            body: dict[str, Any] = answer.json()
            return body
        refusal = problem(answer)
        if refusal.get("type") == ALREADY_RUNS:
            raise MigrationRuns(refusal["detail"])
        raise StackError(refusal["detail"])
