"""Files and imports, of servers that have them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import httpx

from inkdex.core.requests import Form, Progress, Request, encoded, given, in_query
from inkdex.core.retries import Sleep
from inkdex.core.steps import Call, Flow, Items, Send, checked, nothing
from inkdex.models.documents import Deleted
from inkdex.models.files import (
    File,
    FilePage,
    Import,
    ImportFailures,
    ImportPage,
    ImportRejection,
    ImportRejectionPage,
    Uploaded,
)
from inkdex.operations.pages import each

PATH = "/v1/files/{id}"
PAGE = 200
UPLOAD_SECONDS = 600.0
POLL_SECONDS = 1.0
ENDED = frozenset({"done", "stopped"})


def upload(  # noqa: PLR0913
    file: Path | bytes,
    *,
    name: str | None = None,
    collection: str | None = None,
    id: str | None = None,  # noqa: A002
    title: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    source: str | None = None,
    sweep: str | None = None,
    replace: Literal["all", "same_source"] | None = None,
    wait: float | None = None,
    import_id: str | None = None,
    on_progress: Progress | None = None,
) -> Flow[Uploaded]:
    """Upload a file. The same file again changes nothing, so it is sent again after a break.

    `sweep` is a name of a pass over the source, for `delete_unsent`. With `replace="same_source"`,
    a file or document of another source is not replaced. `wait` is for how many seconds to wait
    until the file is ready, at most 30. `import_id` is a UUID of your own: files that are uploaded
    with the same one are an import.
    `on_progress` is called with the bytes that were sent, and with their total.
    """
    if name is None:
        name = file.name if isinstance(file, Path) else "file"
    fields = given(id=id, title=title, source=source, sweep=sweep)
    if metadata is not None:
        fields["metadata"] = encoded(metadata).decode()
    response: httpx.Response = yield Send(
        Request(
            "POST",
            "/v1/files",
            in_query(collection=collection, replace=replace, wait=wait, **{"import": import_id}),
            form=Form(file, name, fields, on_progress),
            repeatable=True,
            patient=True,
            timeout=UPLOAD_SECONDS,
        )
    )
    return Uploaded.read(checked(response).content)


def get(
    id: str,  # noqa: A002
    *,
    collection: str | None = None,
    wait: float | None = None,
) -> Call[File]:
    """Return a file; with `wait`, when it is read and embedded."""
    return Call("GET", PATH, File.read, {"id": id}, in_query(collection=collection, wait=wait))


def page(
    *,
    collection: str | None = None,
    status: str | None = None,
    unread: bool | None = None,
    source: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[FilePage]:
    """Return one page of files, newest first; with `unread`, of those that could not be read."""
    params = in_query(
        collection=collection,
        status=status,
        unread=unread,
        source=source,
        limit=limit,
        cursor=cursor,
    )
    return Call("GET", "/v1/files", FilePage.read, params=params)


def list_files(
    *, collection: str | None = None, status: str | None = None, source: str | None = None
) -> Items[File]:
    """Yield all files, newest first."""
    return each(
        lambda cursor: page(
            collection=collection, status=status, source=source, limit=PAGE, cursor=cursor
        )
    )


def delete(id: str, *, collection: str | None = None) -> Call[None]:  # noqa: A002
    """Delete a file with its documents."""
    return Call("DELETE", PATH, nothing, {"id": id}, in_query(collection=collection))


def delete_unsent(
    source: str,
    sweep: str,
    *,
    collection: str | None = None,
    all: bool = False,  # noqa: A002
) -> Call[Deleted]:
    """Delete the files of a source that a sweep did not send.

    Raises Conflict if that is more than half of them, unless `all` is true.
    """
    params = in_query(source=source, sweep=sweep, collection=collection, all=all or None)
    return Call("DELETE", "/v1/files", Deleted.read, params=params)


def retry(id: str, *, collection: str | None = None) -> Call[File]:  # noqa: A002
    """Read a failed file again."""
    params = in_query(collection=collection)
    return Call("POST", PATH + "/retry", File.read, {"id": id}, params, repeatable=True)


def get_import(id: str) -> Call[Import]:  # noqa: A002
    """Return a bulk import and its progress."""
    return Call("GET", "/v1/imports/{id}", Import.read, {"id": id})


def import_page(
    *, collection: str | None = None, limit: int | None = None, cursor: str | None = None
) -> Call[ImportPage]:
    """Return one page of imports, newest first, of all collections unless one is named."""
    params = in_query(collection=collection, limit=limit, cursor=cursor)
    return Call("GET", "/v1/imports", ImportPage.read, params=params)


def imports(*, collection: str | None = None) -> Items[Import]:
    """Yield all imports, newest first."""
    return each(lambda cursor: import_page(collection=collection, cursor=cursor))


def rejection_page(
    id: str,  # noqa: A002
    *,
    limit: int | None = None,
    cursor: str | None = None,
    skipped: bool | None = None,
) -> Call[ImportRejectionPage]:
    """Return one page of the lines and files of an import that were rejected.

    With `skipped`, of those that its client skipped.
    """
    params = in_query(limit=limit, cursor=cursor, skipped=skipped)
    path = "/v1/imports/{id}/rejected"
    return Call("GET", path, ImportRejectionPage.read, {"id": id}, params)


def rejections(id: str) -> Items[ImportRejection]:  # noqa: A002
    """Yield the lines and files of an import that were rejected: the first thousand."""
    return each(lambda cursor: rejection_page(id, cursor=cursor))


def add_skipped(
    id: str,  # noqa: A002
    items: Sequence[Mapping[str, Any]],
    *,
    more_skipped: int | None = None,
    more_rejected: int | None = None,
    collection: str | None = None,
) -> Call[None]:
    """Tell what you did not send, so that it is kept with the import: up to 50 at once.

    Each has a `name` and an `error`, and `skipped=False` if it counts as rejected. `more_skipped`
    and `more_rejected` count those without names, in a request with a name that is new. A name
    counts once as long as the import keeps it, which is for the first thousand. Further names count
    again if they are sent again, so the request is not repeated if its connection breaks.
    """
    params = in_query(collection=collection)
    body = given(items=items, more_skipped=more_skipped, more_rejected=more_rejected)
    path = "/v1/imports/{id}/skipped"
    return Call("POST", path, nothing, {"id": id}, params, body)


def end_import(id: str) -> Call[None]:  # noqa: A002
    """Say that all of an import is sent: it waits for no further request."""
    return Call("POST", "/v1/imports/{id}/end", nothing, {"id": id}, repeatable=True)


def import_failures(id: str, *, limit: int | None = None) -> Call[ImportFailures]:  # noqa: A002
    """Return the files and documents of an import that have failed, with the reasons."""
    path = "/v1/imports/{id}/failed"
    return Call("GET", path, ImportFailures.read, {"id": id}, in_query(limit=limit))


def wait_for_import(id: str, *, poll_seconds: float = POLL_SECONDS) -> Flow[Import]:  # noqa: A002
    """Return a bulk import when it has ended."""
    while True:
        found = yield from get_import(id)
        if found.state in ENDED:
            return found
        yield Sleep(poll_seconds)
