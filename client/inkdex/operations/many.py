"""Documents by their ids, as many as there are."""

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inkdex.core.retries import Sleep
from inkdex.core.steps import Flow
from inkdex.errors import NotStored
from inkdex.models.documents import Document, DocumentState
from inkdex.operations import documents
from inkdex.operations.bulk import bulk

FETCHED = 200
STATES = 1000
POLL_SECONDS = 0.25
STORE_SECONDS = 60.0


def every(ids: Sequence[str], *, collection: str | None = None) -> Flow[list[Document]]:
    """Return those of the documents that exist, in the order of `ids`."""
    found: dict[str, Document] = {}
    left = list(dict.fromkeys(ids))
    while left:
        asked, left = left[:FETCHED], left[FETCHED:]
        answer = yield from documents.fetch(asked, collection=collection)
        found |= {document.id: document for document in answer.items}
        left = answer.left_out + left
    return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]


def wait(
    ids: Sequence[str],
    *,
    collection: str | None = None,
    seconds: float = float("inf"),
    poll_seconds: float = POLL_SECONDS,
) -> Flow[list[DocumentState]]:
    """Return the states of documents when none of them is pending, or after so many seconds."""
    ends_at = time.monotonic() + seconds
    settled: list[DocumentState] = []
    for start in range(0, len(ids), STATES):
        part = ids[start : start + STATES]
        states = yield from documents.states(part, collection=collection)
        while _is_pending(states.items) and time.monotonic() < ends_at:
            yield Sleep(poll_seconds)
            states = yield from documents.states(part, collection=collection)
        settled += states.items
    return settled


def store(
    documents: Iterable[Mapping[str, Any]],
    *,
    collection: str | None = None,
    seconds: float = STORE_SECONDS,
) -> Flow[list[str]]:
    """Create or replace documents, and wait until they are embedded; return their ids.

    It waits for so many seconds at most. Raises NotStored if documents are refused, or cannot be
    embedded.
    """
    named = [{**each, "id": each.get("id") or str(uuid.uuid4())} for each in documents]
    result = yield from bulk(named, collection=collection)
    if result.rejected:
        first = result.rejected[0]
        raise NotStored("refused", result.rejected_count, len(named), first.id, first.error)
    ids = [str(each["id"]) for each in named]
    states = yield from wait(ids, collection=collection, seconds=seconds)
    failed = [state for state in states if state.status == "failed"]
    if failed:
        raise NotStored(
            "not embedded", len(failed), len(ids), failed[0].id, failed[0].error_message
        )
    return ids


def _is_pending(states: Sequence[DocumentState]) -> bool:
    return any(state.status == "pending" for state in states)
