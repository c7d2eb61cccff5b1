"""What a caller tries who knows names, ids and cursors of another tenant."""

from collections.abc import Iterator

from tests.api.access.apart.calls import (
    COLLECTION,
    DOCUMENT,
    EXPORT,
    FILE,
    HOOK,
    IN_NOTES,
    KEY,
    MIGRATION,
    MIGRATIONS,
    SCOPES,
    Call,
)
from tests.api.access.apart.data import DEAD_END, NOTES, QUERY, QUESTION

STORED_FORM = "\U0010ffff$tenant/$collection"
"""How the name of another tenant's collection is stored."""
COLLECTIONS = ("$collection", STORED_FORM, "$tenant/$collection", "$tenant", "\U0010ffff$tenant/")


def foreign_calls() -> Iterator[Call]:
    for collection in COLLECTIONS:
        yield from _in(collection)
    yield from _with_ids()
    yield from _with_keys()


def _in(collection: str) -> Iterator[Call]:
    """Yield requests that name a collection."""
    where, there = {"collection": collection}, {"collection": collection}
    yield Call("POST", "/v1/search", json={"q": QUERY, **where})
    yield Call("GET", "/v1/search", params={"q": QUERY, **where, "facets": "team"})
    yield Call("POST", "/v1/ask", json={"question": QUESTION, **where, "stream": False})
    message = [{"role": "user", "content": QUESTION}]
    yield Call("POST", "/v1/chat/completions", json={"messages": message, **where})
    yield Call("GET", "/v1/documents", params=where)
    yield Call("POST", "/v1/documents/states", json={"ids": ["$id", "one"], **where})
    yield Call("GET", DOCUMENT, {"id": "$id"}, where)
    yield Call("GET", "/v1/files", params=where)
    yield Call("GET", FILE, {"id": "$id"}, where)
    yield Call("POST", f"{FILE}/retry", {"id": "$id"}, where)
    yield Call("DELETE", FILE, {"id": "$id"}, where)
    yield Call("GET", DOCUMENT, {"id": "$id"}, where | {"wait": 0.1})
    yield Call("GET", f"{DOCUMENT}/similar", {"id": "$id"}, where | {"target": "*"})
    yield Call("GET", f"{DOCUMENT}/similar", {"id": "one"}, IN_NOTES | {"target": collection})
    yield Call("GET", f"{DOCUMENT}/timeline", {"id": "$id"}, where)
    yield Call("GET", f"{DOCUMENT}/chunks", {"id": "$id"}, where)
    yield Call("GET", "/v1/failures", params=where)
    yield Call("GET", "/v1/activity", params=where, is_random=True)
    yield Call("PATCH", DOCUMENT, {"id": "$id"}, where, json={"title": "mine"})
    yield Call("POST", f"{DOCUMENT}/retry", {"id": "$id"}, where)
    yield Call("DELETE", DOCUMENT, {"id": "$id"}, where)
    yield Call("DELETE", "/v1/documents", params=where | {"filter": '{"team": "green"}'})
    yield Call("POST", "/v1/documents/retry", params=where | {"status": "failed"})
    fetched = {"ids": ["$id", "one"], **where}
    yield Call("POST", "/v1/documents/fetch", json=fetched)
    by_filter = where | {"filter": '{"team": "green"}'}
    yield Call("PATCH", "/v1/documents", params=by_filter, json={"metadata": {"team": "mine"}})
    yield Call("GET", COLLECTION, there)
    yield Call("PATCH", COLLECTION, there, json={"description": "mine"})
    yield Call("PATCH", COLLECTION, there, json={"name": "stolen"})
    yield Call("DELETE", COLLECTION, there)
    yield Call("PUT", COLLECTION, there, json={"description": "mine"})
    yield Call("DELETE", COLLECTION, there)
    yield Call("GET", EXPORT, there)
    yield Call("GET", EXPORT, there, {"vectors": "true"})
    yield Call("GET", HOOK, there)
    yield Call("DELETE", HOOK, there)
    yield Call("GET", MIGRATIONS, there)
    yield Call("POST", f"{MIGRATIONS}/estimate", there, json={"model": "all-minilm"})
    for number in ("1", "$migration"):
        named = there | {"migration": number}
        yield Call("GET", MIGRATION, named)
        yield Call("POST", f"{MIGRATION}/{{action}}", named | {"action": "abort"}, json={})


def _with_ids() -> Iterator[Call]:
    """Yield requests with ids and cursors, in a collection of the caller."""
    yield Call("GET", DOCUMENT, {"id": "$id"}, IN_NOTES)
    yield Call("GET", "/v1/documents", params=IN_NOTES | {"ids": "$id"})
    yield Call("GET", "/v1/documents", params=IN_NOTES | {"cursor": "$list_cursor"})
    yield Call("GET", "/v1/collections", params={"cursor": "$names_cursor"})
    continued = {"q": QUERY, "collection": "$collection", "limit": 1, "cursor": "$search_cursor"}
    yield Call("POST", "/v1/search", json=continued)
    yield Call("GET", "/v1/audit", params={"cursor": "$audit_id"}, is_random=True)
    yield Call("GET", EXPORT, {"collection": NOTES}, {"after": "$export_cursor"})
    yield Call("GET", "/v1/imports/{id}", {"id": "$import_id"})
    yield Call("GET", "/v1/imports/{id}/rejected", {"id": "$import_id"})
    yield Call("GET", "/v1/imports/{id}/failed", {"id": "$import_id"})
    yield Call("GET", "/v1/imports", params={"cursor": "$import_cursor"})
    yield Call("GET", "/v1/imports", params=IN_NOTES | {"cursor": "$import_cursor"})
    yield Call("POST", "/v1/imports/{id}/end", {"id": "$import_id"})
    left_out = {"items": [{"name": "a.md", "error": "hidden"}]}
    yield Call("POST", "/v1/imports/{id}/skipped", {"id": "$import_id"}, IN_NOTES, json=left_out)


def _with_keys() -> Iterator[Call]:
    yield Call("GET", KEY, {"id": "$key_id"})
    yield Call("PATCH", KEY, {"id": "$key_id"}, json={"name": "mine"})
    yield Call("POST", f"{KEY}/rotate", {"id": "$key_id"})
    yield Call("POST", f"{KEY}/revoke-tokens", {"id": "$key_id"})
    yield Call("DELETE", KEY, {"id": "$key_id"})
    yield Call("GET", "/v1/keys", params={"cursor": "$key_id"}, is_random=True)
    yield Call("GET", "/v1/keys", params={"tenant": "$tenant"})
    own = {"name": "theirs", "scopes": SCOPES, "tenant": "$tenant"}
    yield Call("POST", "/v1/keys", json=own)
    yield Call("GET", "/v1/tenants/{name}", {"name": "$tenant"})
    yield Call("GET", "/v1/tenants", params={"cursor": "$tenant"})
    yield Call("PATCH", "/v1/tenants/{name}", {"name": "$tenant"}, json={"weight": 1})
    yield Call("PUT", HOOK, {"collection": "$collection"}, json={"url": f"{DEAD_END}/mine"})
    yield Call("GET", HOOK, {"collection": "$collection"})
    yield Call("DELETE", HOOK, {"collection": "$collection"})
    for header in ("X-Tenant", "X-Inkdex-Tenant", "X-Forwarded-User", "X-Original-URL"):
        yield Call("GET", "/v1/whoami", headers={header: "$tenant"})
