"""Collections, their migrations, their export, and their webhooks."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import httpx

from inkdex.core.requests import UNSET, Request, Unset, changed, filled, given, in_query
from inkdex.core.retries import ATTEMPTS, Sleep, backoff
from inkdex.core.steps import Call, Flow, Item, Items, Open, Read, checked, nothing
from inkdex.errors import Unreachable
from inkdex.models.collections import (
    Collection,
    CollectionPage,
    Migration,
    MigrationEstimate,
    Migrations,
    Webhook,
    Webhooks,
)
from inkdex.operations.pages import each

Action = Literal["pause", "resume", "cutover", "rollback", "finish", "abort"]
PATH = "/v1/collections/{name}"
MIGRATIONS = "/v1/collections/{collection}/migrations"
WEBHOOK = "/v1/webhooks/{collection}"


def page(*, limit: int | None = None, cursor: str | None = None) -> Call[CollectionPage]:
    """Return one page of collections by name."""
    params = in_query(limit=limit, cursor=cursor)
    return Call("GET", "/v1/collections", CollectionPage.read, params=params)


def list_collections() -> Items[Collection]:
    """Yield all collections by name."""
    return each(lambda cursor: page(cursor=cursor))


def get(name: str) -> Call[Collection]:
    """Return a collection and its models."""
    return Call("GET", "/v1/collections/{collection}", Collection.read, {"collection": name})


def create(
    name: str,
    *,
    description: str | None = None,
    language: str | None = None,
    model: str | None = None,
    chunk_tokens: int | None = None,
) -> Call[Collection]:
    """Create a collection, or describe one. Raises Conflict where it has documents."""
    body = given(description=description, language=language, model=model, chunk_tokens=chunk_tokens)
    return Call("PUT", PATH, Collection.read, {"name": name}, json=body)


def describe(
    name: str,
    *,
    description: str | Unset | None = UNSET,
    language: str | Unset | None = UNSET,
) -> Call[Collection]:
    """Change what is said of a collection. None removes it."""
    body = changed(description=description, language=language)
    return Call("PATCH", PATH, Collection.read, {"name": name}, json=body)


def rename(name: str, new_name: str) -> Call[Collection]:
    """Give a collection another name."""
    return Call("PATCH", PATH, Collection.read, {"name": name}, json={"name": new_name})


def delete(name: str) -> Call[None]:
    """Delete a collection with everything in it. It is not searchable from now on."""
    return Call("DELETE", PATH, nothing, {"name": name})


def export(
    name: str,
    *,
    vectors: bool | None = None,
    after: str | None = None,
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - as the API names it
) -> Items[dict[str, Any]]:
    """Yield each document as `documents.bulk` takes it.

    After a break it goes on. The `cursor` of a document, as `after`, continues behind it.
    """
    params, failures = {"vectors": vectors, "filter": filter}, 0
    while True:
        try:
            yield from _opened(name, {**params, "after": after})
            rest = b""
            while (chunk := (yield Read())) is not None:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if not line:
                        continue
                    document: dict[str, Any] = json.loads(line)
                    after, failures = document.get("cursor", after), 0
                    yield Item(document)
        except Unreachable:
            failures += 1
            if failures >= ATTEMPTS:
                raise
            yield Sleep(backoff(failures))
        else:
            return


def _opened(name: str, params: Mapping[str, Any]) -> Flow[None]:
    path = filled("/v1/collections/{name}/export", name=name)
    request = Request("GET", path, in_query(**params), repeatable=True)
    response: httpx.Response = yield Open(request)
    checked(response)


def start_migration(  # noqa: PLR0913
    collection: str,
    model: str,
    *,
    dimensions: int | None = None,
    chunk_tokens: int | None = None,
    document_prefix: str | None = None,
    query_prefix: str | None = None,
    cutover: Literal["auto", "manual"] | None = None,
    rollback_hours: float | None = None,
) -> Call[Migration]:
    """Start to change the model of a collection."""
    body = given(
        model=model,
        dimensions=dimensions,
        chunk_tokens=chunk_tokens,
        document_prefix=document_prefix,
        query_prefix=query_prefix,
        cutover=cutover,
        rollback_hours=rollback_hours,
    )
    return Call("POST", MIGRATIONS, Migration.read, {"collection": collection}, json=body)


def estimate_migration(  # noqa: PLR0913
    collection: str,
    model: str,
    *,
    dimensions: int | None = None,
    chunk_tokens: int | None = None,
    document_prefix: str | None = None,
    query_prefix: str | None = None,
    cutover: Literal["auto", "manual"] | None = None,
    rollback_hours: float | None = None,
) -> Call[MigrationEstimate]:
    """Return what the same change of the model would take, measured on a sample."""
    started = start_migration(
        collection,
        model,
        dimensions=dimensions,
        chunk_tokens=chunk_tokens,
        document_prefix=document_prefix,
        query_prefix=query_prefix,
        cutover=cutover,
        rollback_hours=rollback_hours,
    )
    path = MIGRATIONS + "/estimate"
    return Call("POST", path, MigrationEstimate.read, started.values, json=started.json)


def migrations(collection: str) -> Call[Migrations]:
    """Return the migrations of a collection, newest first."""
    return Call("GET", MIGRATIONS, Migrations.read, {"collection": collection})


def migration(collection: str, migration: int) -> Call[Migration]:
    """Return a migration."""
    values: dict[str, str | int] = {"collection": collection, "migration": migration}
    return Call("GET", MIGRATIONS + "/{migration}", Migration.read, values)


def act_on_migration(
    collection: str,
    migration: int,
    action: Action,
    *,
    allow_failed: Sequence[str] | None = None,
) -> Call[Migration]:
    """Pause, resume, cut over, roll back, finish or abort a migration."""
    values: dict[str, str | int] = {
        "collection": collection,
        "migration": migration,
        "action": action,
    }
    path = MIGRATIONS + "/{migration}/{action}"
    body = given(allow_failed=allow_failed)
    return Call("POST", path, Migration.read, values, json=body)


def webhooks() -> Call[Webhooks]:
    """Return all webhooks."""
    return Call("GET", "/v1/webhooks", Webhooks.read)


def webhook(collection: str) -> Call[Webhook]:
    """Return the webhook of a collection."""
    return Call("GET", WEBHOOK, Webhook.read, {"collection": collection})


def put_webhook(collection: str, url: str, *, secret: str | None = None) -> Call[Webhook]:
    """Send the changes of a collection to a URL."""
    body = given(url=url, secret=secret)
    return Call("PUT", WEBHOOK, Webhook.read, {"collection": collection}, json=body)


def delete_webhook(collection: str) -> Call[None]:
    """Send the changes of a collection nowhere."""
    return Call("DELETE", WEBHOOK, nothing, {"collection": collection})
