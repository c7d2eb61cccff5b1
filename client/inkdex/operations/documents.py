"""Documents: one, or many."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from inkdex.core.requests import UNSET, Unset, changed, given, in_query
from inkdex.core.steps import Call, Items, nothing
from inkdex.models.documents import (
    Changed,
    Deleted,
    Document,
    DocumentChunks,
    DocumentPage,
    Documents,
    DocumentStates,
    Retried,
    Timeline,
)
from inkdex.operations.pages import each

Filter: TypeAlias = Mapping[str, Any]
Order = Literal[
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "title",
    "-title",
    "size",
    "-size",
    "id",
    "-id",
]
PAGE = 200


def create(
    content: str,
    *,
    id: str | None = None,  # noqa: A002 - as the API names it
    title: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    collection: str | None = None,
) -> Call[Document]:
    """Create a document; raises Conflict if there is one with this id."""
    body = given(id=id, title=title, content=content, metadata=metadata)
    params = in_query(collection=collection)
    return Call("POST", "/v1/documents", Document.read, params=params, json=body)


def put(
    id: str,  # noqa: A002
    content: str,
    *,
    title: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    collection: str | None = None,
    if_match: str | int | None = None,
    if_none_match: str | None = None,
) -> Call[Document]:
    """Create or replace a document. `if_match` is the version that it must have.

    With `if_none_match="*"` it must not exist. Raises Conflict.
    """
    return Call(
        "PUT",
        "/v1/documents/{id}",
        Document.read,
        {"id": id},
        in_query(collection=collection),
        given(title=title, content=content, metadata=metadata),
        _condition(if_match, if_none_match),
        repeatable=if_none_match is None,
    )


def patch(
    id: str,  # noqa: A002
    *,
    title: str | Unset | None = UNSET,
    content: str | Unset = UNSET,
    metadata: Mapping[str, Any] | Unset | None = UNSET,
    collection: str | None = None,
    if_match: str | int | None = None,
) -> Call[Document]:
    """Change a document. None removes a title, or a key of the metadata."""
    return Call(
        "PATCH",
        "/v1/documents/{id}",
        Document.read,
        {"id": id},
        in_query(collection=collection),
        changed(title=title, content=content, metadata=metadata),
        _condition(if_match),
    )


def get(
    id: str,  # noqa: A002
    *,
    collection: str | None = None,
    wait: float | None = None,
) -> Call[Document]:
    """Return a document; with `wait`, when it is no longer pending, after 30 s at the latest."""
    params = in_query(collection=collection, wait=wait)
    return Call("GET", "/v1/documents/{id}", Document.read, {"id": id}, params)


def timeline(
    id: str,  # noqa: A002
    *,
    collection: str | None = None,
) -> Call[Timeline]:
    """Return what happened to a document and when, and how it stands under each model."""
    params = in_query(collection=collection)
    return Call("GET", "/v1/documents/{id}/timeline", Timeline.read, {"id": id}, params)


def chunks(
    id: str,  # noqa: A002
    *,
    collection: str | None = None,
) -> Call[DocumentChunks]:
    """Return where the chunks of a document are in its text."""
    params = in_query(collection=collection)
    return Call("GET", "/v1/documents/{id}/chunks", DocumentChunks.read, {"id": id}, params)


def delete(
    id: str,  # noqa: A002
    *,
    collection: str | None = None,
    if_match: str | int | None = None,
) -> Call[None]:
    """Delete a document; raises NotFound."""
    params, headers = in_query(collection=collection), _condition(if_match)
    return Call("DELETE", "/v1/documents/{id}", nothing, {"id": id}, params=params, headers=headers)


def page(
    *,
    collection: str | None = None,
    status: str | None = None,
    ids: Sequence[str] | None = None,
    filter: Filter | None = None,  # noqa: A002
    sort: Order | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[DocumentPage]:
    """Return one page of documents, newest first unless `sort` says otherwise."""
    params = in_query(
        collection=collection,
        status=status,
        ids=ids,
        filter=filter,
        sort=sort,
        limit=limit,
        cursor=cursor,
    )
    return Call("GET", "/v1/documents", DocumentPage.read, params=params)


def list_documents(
    *,
    collection: str | None = None,
    status: str | None = None,
    ids: Sequence[str] | None = None,
    filter: Filter | None = None,  # noqa: A002
    sort: Order | None = None,
    page_size: int = PAGE,
) -> Items[Document]:
    """Yield all documents, page by page."""
    return each(
        lambda cursor: page(
            collection=collection,
            status=status,
            ids=ids,
            filter=filter,
            sort=sort,
            limit=page_size,
            cursor=cursor,
        )
    )


def fetch(ids: Sequence[str], *, collection: str | None = None) -> Call[Documents]:
    """Return documents by their ids."""
    return Call(
        "POST",
        "/v1/documents/fetch",
        Documents.read,
        params=in_query(collection=collection),
        json={"ids": ids},
        repeatable=True,
    )


def states(ids: Sequence[str], *, collection: str | None = None) -> Call[DocumentStates]:
    """Return the states of at most 1,000 documents."""
    return Call(
        "POST",
        "/v1/documents/states",
        DocumentStates.read,
        params=in_query(collection=collection),
        json={"ids": ids},
        repeatable=True,
    )


def delete_where(
    filter: Filter,  # noqa: A002
    *,
    collection: str | None = None,
) -> Call[Deleted]:
    """Delete all documents of a collection that meet a filter."""
    params = in_query(filter=filter, collection=collection)
    return Call("DELETE", "/v1/documents", Deleted.read, params=params)


def patch_where(
    filter: Filter,  # noqa: A002
    metadata: Mapping[str, Any],
    *,
    collection: str | None = None,
) -> Call[Changed]:
    """Change the metadata of all documents that meet a filter. None removes a key."""
    params = in_query(filter=filter, collection=collection)
    body = {"metadata": metadata}
    return Call("PATCH", "/v1/documents", Changed.read, params=params, json=body, repeatable=True)


def retry(id: str, *, collection: str | None = None) -> Call[Document]:  # noqa: A002
    """Make a failed document pending again."""
    params = in_query(collection=collection)
    path = "/v1/documents/{id}/retry"
    return Call("POST", path, Document.read, {"id": id}, params, repeatable=True)


def retry_failed(*, collection: str | None = None) -> Call[Retried]:
    """Make all failed documents pending again."""
    params = in_query(status="failed", collection=collection)
    return Call("POST", "/v1/documents/retry", Retried.read, params=params, repeatable=True)


def _condition(if_match: str | int | None, if_none_match: str | None = None) -> dict[str, str]:
    if isinstance(if_match, int):
        if_match = f'"{if_match}"'
    return given(**{"If-Match": if_match, "If-None-Match": if_none_match})
