"""Imports of many documents: batches of lines, of which each can be sent again."""

import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ValidationError

from inkdex.core.requests import Request, encoded, in_query
from inkdex.core.steps import END, Flow, Pull, Send, checked
from inkdex.errors import ApiError, InkdexError, problem_of
from inkdex.models.documents import BulkAnswer, Document, RejectedLine, StoppedImport

PATH = "/v1/documents/bulk"
NDJSON = {"content-type": "application/x-ndjson"}
BATCH_DOCUMENTS = 1000
BATCH_BYTES = 4 << 20
REJECTED_KEPT = 1000
TIMEOUT_SECONDS = 3600.0
"""A limit of the key may slow an import down."""
SPLIT = frozenset({400, 413, 422, 500})
"""One line may be why the server, or a proxy in front of it, refuses all of them."""

SERVER_ERROR = 500
SERVER_ERRORS_MAX = 10
"""If the server fails at more lines than that, the lines are not why."""

NewDocument = Mapping[str, Any] | Document
"""A document: `content`, and if wanted `id`, `title`, `metadata`, `collection`."""


@dataclass(slots=True)
class BulkResult:
    """What became of the documents so far. `sent` is how many are answered; lines count from 1."""

    sent: int = 0
    accepted: int = 0
    replaced: int = 0
    unchanged: int = 0
    rejected_count: int = 0
    rejected: list[RejectedLine] = field(default_factory=list)
    """The first thousand."""
    imports: list[str] = field(default_factory=list)
    server_errors: int = 0
    """How many of the rejected lines the server failed at."""

    def add(self, answer: BulkAnswer, lines: int) -> None:
        """Add the answer to the next lines, of which there are so many."""
        self.accepted += answer.accepted
        self.replaced += answer.replaced
        self.unchanged += answer.unchanged
        self.rejected_count += answer.rejected_count
        for each in answer.rejected[: REJECTED_KEPT - len(self.rejected)]:
            self.rejected.append(each.model_copy(update={"line": each.line + self.sent}))
        if answer.import_id is not None:
            self.imports.append(answer.import_id)
        self.sent += lines

    def reject(self, reason: str) -> None:
        """Add the next line, which is refused by an answer of its own."""
        rejected = [RejectedLine(line=1, id=None, error=reason)]
        self.add(BulkAnswer(rejected=rejected, rejected_count=1), 1)


def bulk(
    documents: Iterable[NewDocument] | AsyncIterable[NewDocument],
    *,
    collection: str | None = None,
    replace: Literal["all", "same_source"] | None = None,
    on_progress: Callable[[BulkResult], None] | None = None,
) -> Flow[BulkResult]:
    """Create or replace documents. They are read while they are sent, in batches.

    A document without an id gets one, so that it can be sent again. `on_progress` is called after
    each batch, and before an error. With `replace="same_source"`, documents of another `source` are
    not replaced. Raises ServerError if the server fails at many lines.
    """
    source, result = _iterator(documents), BulkResult()
    params = in_query(collection=collection, replace=replace)
    while lines := (yield from _batch(source)):
        try:
            yield from _send(lines, params, result)
        except InkdexError:
            _tell(on_progress, result)
            raise
        _tell(on_progress, result)
    return result


def _tell(on_progress: Callable[[BulkResult], None] | None, result: BulkResult) -> None:
    if on_progress:
        on_progress(result)


def _send(lines: list[bytes], params: Mapping[str, Any], result: BulkResult) -> Flow[None]:
    """Send lines. If they are refused as a whole, halving them finds the one at fault."""
    batch = _Batch(lines, params, result)
    try:
        yield from batch.send()
    except ApiError as error:
        batch.note(error.problem.stopped_import)
        # The fields that an answer names are those of the query, not of a line.
        if error.status not in SPLIT or error.problem.errors:
            raise
        left = batch.left
        if len(left) == 1:
            result.server_errors += error.status == SERVER_ERROR
            if result.server_errors > SERVER_ERRORS_MAX:
                raise
            result.reject(str(error))
        elif left:
            middle = len(left) // 2
            yield from _send(left[:middle], params, result)
            yield from _send(left[middle:], params, result)


class _Batch:
    """Lines of one request, and those that are not answered yet."""

    def __init__(self, lines: list[bytes], params: Mapping[str, Any], result: BulkResult) -> None:
        self.left = lines
        self._params = params
        self._result = result

    def send(self) -> Flow[None]:
        """Send the lines; those that a stopped import has stored are not sent again."""
        response: httpx.Response = yield Send(self._request())
        self._add(BulkAnswer.read(checked(response).content), len(self.left))

    def note(self, stopped: Mapping[str, Any] | None) -> None:
        """Add what an import that was stopped has stored."""
        try:
            answer = StoppedImport.model_validate(stopped)
        except ValidationError:
            return
        self._add(answer, answer.line)

    def _add(self, answer: BulkAnswer, lines: int) -> None:
        self._result.add(answer, lines)
        self.left = self.left[lines:]

    def _request(self) -> Request:
        body = b"\n".join(self.left)
        return Request(
            "POST",
            PATH,
            self._params,
            NDJSON,
            body,
            repeatable=True,
            rest=self._rest,
            timeout=TIMEOUT_SECONDS,
            patient=True,
        )

    def _rest(self, response: httpx.Response) -> Request:
        """Return the request for the lines after the one that the answer reports."""
        self.note(problem_of(response.status_code, response.content).stopped_import)
        return self._request()


def _iterator(
    documents: Iterable[NewDocument] | AsyncIterable[NewDocument],
) -> Iterator[NewDocument] | AsyncIterator[NewDocument]:
    return aiter(documents) if isinstance(documents, AsyncIterable) else iter(documents)


def _batch(source: Iterator[NewDocument] | AsyncIterator[NewDocument]) -> Flow[list[bytes]]:
    lines: list[bytes] = []
    size = 0
    while len(lines) < BATCH_DOCUMENTS and size < BATCH_BYTES:
        document = yield Pull(source)
        if document is END:
            break
        line = _line(document)
        lines.append(line)
        size += len(line)
    return lines


def _line(document: NewDocument) -> bytes:
    if isinstance(document, BaseModel):
        return document.model_dump_json(by_alias=True).encode()
    if document.get("id") is None:
        document = {**document, "id": str(uuid.uuid4())}
    return encoded(document)
