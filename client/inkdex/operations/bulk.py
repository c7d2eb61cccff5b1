"""Imports of many documents: batches of lines, of which each can be sent again."""

import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ValidationError

from inkdex.core.requests import Request, encoded, in_query
from inkdex.core.steps import END, Flow, Pull, Send, checked
from inkdex.models.documents import BulkAnswer, Document, RejectedLine, StoppedImport

PATH = "/v1/documents/bulk"
NDJSON = {"content-type": "application/x-ndjson"}
BATCH_DOCUMENTS = 1000
BATCH_BYTES = 4 << 20
REJECTED_KEPT = 1000
TIMEOUT_SECONDS = 3600.0
"""A limit of the key may slow an import down."""

NewDocument = Mapping[str, Any] | Document
"""A document: `content`, and if wanted `id`, `title`, `metadata`, `collection`."""


@dataclass(slots=True)
class BulkResult:
    """What became of the documents so far. `sent` is their number; lines count from 1."""

    sent: int = 0
    accepted: int = 0
    replaced: int = 0
    unchanged: int = 0
    rejected_count: int = 0
    rejected: list[RejectedLine] = field(default_factory=list)
    """The first thousand."""
    imports: list[str] = field(default_factory=list)

    def add(self, answer: BulkAnswer, offset: int) -> None:
        """Add the answer to the lines after `offset`."""
        self.accepted += answer.accepted
        self.replaced += answer.replaced
        self.unchanged += answer.unchanged
        self.rejected_count += answer.rejected_count
        for each in answer.rejected[: REJECTED_KEPT - len(self.rejected)]:
            self.rejected.append(each.model_copy(update={"line": each.line + offset}))
        if answer.import_id is not None:
            self.imports.append(answer.import_id)


def bulk(
    documents: Iterable[NewDocument] | AsyncIterable[NewDocument],
    *,
    collection: str | None = None,
    replace: Literal["all", "same_source"] | None = None,
    on_progress: Callable[[BulkResult], None] | None = None,
) -> Flow[BulkResult]:
    """Create or replace documents. They are read while they are sent, in batches.

    A document without an id gets one, so that it can be sent again. `on_progress` is called after
    each batch. With `replace="same_source"`, documents of another `source` are not replaced.
    """
    source, result = _iterator(documents), BulkResult()
    params = in_query(collection=collection, replace=replace)
    while lines := (yield from _batch(source)):
        yield from _Batch(lines, params, result).send()
        result.sent += len(lines)
        if on_progress:
            on_progress(result)
    return result


class _Batch:
    """Lines of one request, and how many of them are answered."""

    def __init__(self, lines: list[bytes], params: Mapping[str, Any], result: BulkResult) -> None:
        self._lines = lines
        self._params = params
        self._result = result
        self._answered = 0

    def send(self) -> Flow[None]:
        """Send the lines; those that a stopped import has stored are not sent again."""
        response: httpx.Response = yield Send(self._request())
        answer = BulkAnswer.read(checked(response).content)
        self._result.add(answer, self._result.sent + self._answered)

    def _request(self) -> Request:
        body = b"\n".join(self._lines[self._answered :])
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
        try:
            stopped = StoppedImport.model_validate(response.json()["import"])
        except (ValueError, KeyError, TypeError, ValidationError):
            return self._request()
        self._result.add(stopped, self._result.sent + self._answered)
        self._answered += stopped.line
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
