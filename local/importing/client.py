"""The API client of the import. It retries while the API is busy or does not answer."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

import httpx

from local.api import authorization, detail
from local.errors import StackError
from local.importing.items import Upload
from shared.config import Settings

NDJSON = {"content-type": "application/x-ndjson"}
NO_ANSWER_SECONDS = 120.0
IMPORT_SECONDS = 3600.0
"""A limit of the key may slow an import down."""
"""The client gives up after this long without an answer. It waits while the API is busy (429)."""
MAX_PAUSE_SECONDS = 60.0
RETRIED_STATUSES = frozenset({429, 502, 503, 504})
SPLIT_STATUSES = frozenset({400, 413, 422, 500})
"""One line may be the reason that the API, or a proxy in front of it, refuses all of them."""


FILES = "/v1/files"
FILE_WAIT_SECONDS = 5
UPLOAD_SECONDS = 600.0
SPLIT_OR_TYPE_STATUSES = SPLIT_STATUSES | {415}
MISSING_STATUSES = frozenset({404, 405})
OLDER = "this server is older and takes no files of this type; update it and import again"


class _Refused(Exception):
    """The API refuses a request because of its lines or its file."""


class _Missing(Exception):
    """The API does not have the path."""


@dataclass(frozen=True, slots=True)
class FileState:
    """The status of a file, and why it failed."""

    status: str
    error: str | None


@dataclass(slots=True)
class BulkAnswer:
    """The counts of one batch, and the error of each rejected line by its index."""

    accepted: int = 0
    replaced: int = 0
    unchanged: int = 0
    rejected: int = 0
    errors: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, body: dict[str, Any]) -> Self:
        errors = {each["line"] - 1: each["error"] for each in body["rejected"]}
        rejected = max(len(errors), body.get("rejected_count", 0))
        counts = (body["accepted"], body.get("replaced", 0), body["unchanged"])
        return cls(*counts, rejected, errors)

    def add(self, other: Self, offset: int) -> None:
        """Add the answer to the lines from `offset` on."""
        self.accepted += other.accepted
        self.replaced += other.replaced
        self.unchanged += other.unchanged
        self.rejected += other.rejected
        self.errors |= {offset + index: error for index, error in other.errors.items()}

    def count_as_accepted(self, documents: int) -> None:
        """Correct the counts of lines that an earlier try, broken off, had accepted."""
        documents = min(documents, self.unchanged)
        self.accepted += documents
        self.unchanged -= documents


class Client:
    """A client of the import. It passes the reason of each wait to `on_wait`."""

    def __init__(
        self,
        api: str,
        collection: str | None,
        on_wait: Callable[[str], None],
        *,
        keep_other_sources: bool = False,
    ) -> None:
        self._api = api
        self._params = {"collection": collection} if collection else {}
        if keep_other_sources:
            self._params["replace"] = "same_source"
        self._on_wait = on_wait
        self._last_reason = ""
        self._accepted_before = 0
        self._http = httpx.Client(
            base_url=api, timeout=120.0, trust_env=False, headers=authorization(Settings())
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, lines: Sequence[bytes]) -> BulkAnswer:
        """Import lines. Sending a line twice is safe."""
        self._accepted_before = 0
        answer = self._send(lines)
        answer.count_as_accepted(self._accepted_before)
        return answer

    def _send(self, lines: Sequence[bytes]) -> BulkAnswer:
        """Import lines. If the API refuses them all, halving them finds the one at fault."""
        try:
            return BulkAnswer.of(self._import(lines))
        except _Refused as refused:
            if len(lines) == 1:
                return BulkAnswer(rejected=1, errors={0: str(refused)})
        middle = len(lines) // 2
        answer = self._send(lines[:middle])
        answer.add(self._send(lines[middle:]), middle)
        return answer

    def _import(self, lines: Sequence[bytes]) -> dict[str, Any]:
        body = b"\n".join(lines)
        path = "/v1/documents/bulk"
        return self._request(
            "POST", path, params=self._params, content=body, headers=NDJSON, timeout=IMPORT_SECONDS
        )

    def upload(self, id_: str, upload: Upload) -> str | None:
        """Send a file for the server to read. Return why it refuses, or None."""
        fields = {"id": id_, "source": upload.source, "metadata": json.dumps(upload.metadata)}
        with upload.path.open("rb") as file:
            parts = {"file": (upload.path.name, file)}
            options: dict[str, Any] = {"params": self._params, "data": fields, "files": parts}
            try:
                body = self._request("POST", FILES, timeout=UPLOAD_SECONDS, **options)
            except _Refused as refused:
                return str(refused)
            except _Missing:
                return OLDER
        return next((str(each["error"]["message"]) for each in body["rejected"]), None)

    def file_state(self, collection: str, id_: str) -> FileState | None:
        """Return what became of a file; None if it was deleted. Waits a little while it is read."""
        params: dict[str, str | float] = {"collection": collection, "wait": FILE_WAIT_SECONDS}
        try:
            body = self._request("GET", f"{FILES}/{quote(id_, safe='')}", params=params)
        except _Missing:
            return None
        return FileState(body["status"], (body["error"] or {}).get("message"))

    def states(self, collection: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return the id, status and error of each document that exists."""
        body = {"collection": collection, "ids": list(ids)}
        items: list[dict[str, Any]] = self._request("POST", "/v1/documents/states", json=body)[
            "items"
        ]
        return items

    def paused_reason(self) -> str | None:
        """Return why the workers embed nothing, or None."""
        reason: str | None = self._request("GET", "/v1/stats")["paused_reason"]
        return reason

    def _request(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        give_up_at = time.monotonic() + NO_ANSWER_SECONDS
        while True:
            for _, file in request.get("files", {}).values():
                file.seek(0)
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                pause, reason = 1.0, f"{self._api} does not answer ({type(error).__name__})"
            else:
                if answer.status_code not in RETRIED_STATUSES:
                    return self._body(answer)
                pause, reason = _retry_after(answer), detail(answer)
                self._accepted_before += _accepted(answer)
                if answer.status_code == 429:  # the API is busy, but it answers
                    give_up_at = time.monotonic() + NO_ANSWER_SECONDS
            if time.monotonic() > give_up_at:
                raise StackError(f"{reason}. Is `make up` running? Run the import again to resume.")
            self._report_wait(reason)
            time.sleep(min(pause, MAX_PAUSE_SECONDS))

    def _body(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.is_success:
            body: dict[str, Any] = answer.json()
            return body
        self._accepted_before += _accepted(answer)
        if answer.status_code in SPLIT_OR_TYPE_STATUSES:
            raise _Refused(detail(answer))
        if answer.status_code in MISSING_STATUSES:
            raise _Missing
        raise StackError(f"{answer.request.url} answers {answer.status_code}: {detail(answer)}.")

    def _report_wait(self, reason: str) -> None:
        if reason != self._last_reason:
            self._on_wait(reason)
        self._last_reason = reason


def _retry_after(answer: httpx.Response) -> float:
    seconds = answer.headers.get("retry-after", "1")
    return float(seconds) if seconds.isdecimal() else 1.0


def _accepted(answer: httpx.Response) -> int:
    """Return how many lines of a request that broke off are stored, if the answer says so."""
    try:
        return int(answer.json()["import"]["accepted"])
    except (ValueError, KeyError, TypeError):
        return 0
