"""Documents by their ids, as many as there are."""

import time
from collections.abc import Sequence

from inkdex.core.retries import Sleep
from inkdex.core.steps import Flow
from inkdex.models.documents import Document, DocumentState
from inkdex.operations import documents

FETCHED = 200
STATES = 1000
POLL_SECONDS = 0.25


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


def _is_pending(states: Sequence[DocumentState]) -> bool:
    return any(state.status == "pending" for state in states)
