"""How each route is called. A route of the OpenAPI document that is missing here fails a test.

`$name` stands for a value of the caller, or for one that another tenant has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.api.access.apart.data import ARCHIVE, DEAD_END, NOTES, QUERY, QUESTION

OWN_NAME = "a key of the test"
SCOPES = [{"actions": ["search"], "collections": ["notes"]}]


@dataclass(frozen=True)
class Call:
    """A request to a route. `keeps` has the fields of its answer that later calls need."""

    method: str
    route: str
    names: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    lines: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    keeps: Mapping[str, str] = field(default_factory=dict)
    is_random: bool = False
    """Whether its answer depends on random ids or on moments, so that it cannot be compared."""
    content_type: str = "application/x-ndjson"
    """That of `lines`."""

    @property
    def name(self) -> str:
        return f"{self.method} {self.route} {dict(self.names)} {dict(self.params)} {self.json}"

    def path(self, values: Mapping[str, str]) -> str:
        path = self.route
        for name, value in self.names.items():
            filled = quote(str(fill(value, values)), safe="")
            path = path.replace(f"{{{name}}}", filled)
        return path


def fill(value: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with the values instead of their names."""
    if isinstance(value, Mapping):
        return {key: fill(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [fill(each, values) for each in value]
    if isinstance(value, str):
        for name in sorted(values, key=len, reverse=True):
            value = value.replace(f"${name}", values[name])
    return value


IN_NOTES = {"collection": NOTES}
IMPORT = "11111111-2222-4333-8444-555555555555"
"""Each tenant has one of this id."""
NO_IMPORT = "99999999-2222-4333-8444-555555555555"
SEARCHES: list[dict[str, Any]] = [
    {"q": QUERY, **IN_NOTES},
    {"q": QUERY, **IN_NOTES, "mode": "text"},
    {"q": QUERY, **IN_NOTES, "mode": "semantic"},
    {"q": QUERY, "collection": "*", "limit": 3, "offset": 2},
    {"q": "ink paper letters", **IN_NOTES, "facets": ["team", "year"]},
    {"q": "Tinte Papier Geduld", "collection": "*"},
    {"q": '"gall ink" -cloth', "collection": "*"},
    {"q": "letters", "collection": "*", "group_by": "document", "refine": True},
    {"q": "letters", "collection": "*", "cursor": "start", "limit": 2},
    {"q": "letters", "collection": "*", "filter": {"team": "green"}},
    {"q": "letters", "collection": "*", "min_similarity": 0.2},
]
QUESTIONS: list[dict[str, Any]] = [
    {"question": QUESTION, **IN_NOTES},
    {"question": QUESTION, "collection": "*", "cache": "off"},
    {"question": "What are letters kept in?", "collection": ARCHIVE, "stream": False},
    {"question": QUESTION, **IN_NOTES, "stream": False, "filter": {"team": "blue"}},
    {"question": "Wie lange trocknet die Tinte?", "collection": "*", "stream": False},
]
DOCUMENT = "/v1/documents/{id}"
COLLECTION = "/v1/collections/{collection}"
EXPORT = f"{COLLECTION}/export"
MIGRATIONS = f"{COLLECTION}/migrations"
MIGRATION = f"{MIGRATIONS}/{{migration}}"
HOOK = "/v1/webhooks/{collection}"
KEY = "/v1/keys/{id}"
FILE = "/v1/files/{id}"
REJECTED = "/v1/imports/{id}/rejected"
FAILED = "/v1/imports/{id}/failed"
SKIPPED = "/v1/imports/{id}/skipped"
END = "/v1/imports/{id}/end"
FORM = """--b\r
Content-Disposition: form-data; name="file"; filename="own.txt"\r
\r
Files keep letters about ink, too.\r
--b--\r
"""
FORM_TYPE = "multipart/form-data; boundary=b"


def reads() -> Iterator[Call]:
    """What a scoped token may ask for."""
    for body in SEARCHES:
        yield Call("POST", "/v1/search", json=body)
    yield Call("GET", "/v1/search", params={"q": QUERY, **IN_NOTES, "limit": 2})
    yield Call("GET", "/v1/search", params={"q": "drying", "collection": "*", "facets": "team"})
    for body in QUESTIONS:
        yield Call("POST", "/v1/ask", json=body)
    message = [{"role": "user", "content": QUESTION}]
    yield Call("POST", "/v1/chat/completions", json={"messages": message, **IN_NOTES})
    streamed = {"messages": message, "collection": "*", "stream": True}
    yield Call("POST", "/v1/chat/completions", json=streamed)
    yield Call("GET", "/v1/ask/status")
    yield Call("GET", "/v1/models")
    yield Call("POST", "/v1/embeddings", json={"model": "all-minilm", "input": QUERY})
    yield Call("POST", "/v1/embeddings", json={"model": "no-such-model", "input": QUERY})
    targets: list[dict[str, str]] = [
        {},
        {"target": "*"},
        {"target": ARCHIVE, "filter": '{"year": {"gte": 2021}}'},
    ]
    for target in targets:
        yield Call("GET", f"{DOCUMENT}/similar", {"id": "one"}, IN_NOTES | target)
    yield Call(
        "GET", "/v1/documents", params=IN_NOTES | {"limit": 2}, keeps={"list": "next_cursor"}
    )
    yield Call("GET", "/v1/documents", params=IN_NOTES | {"limit": 2, "cursor": "$list"})
    by_title = IN_NOTES | {"sort": "title", "limit": 1}
    yield Call("GET", "/v1/documents", params=by_title, keeps={"by_title": "next_cursor"})
    yield Call("GET", "/v1/documents", params=by_title | {"cursor": "$by_title"})
    yield Call("GET", "/v1/documents", params=IN_NOTES | {"sort": "updated_at:asc", "limit": 1})
    yield Call("GET", "/v1/documents", params=IN_NOTES | {"filter": '{"team": "green"}'})
    yield Call("GET", "/v1/documents", params=IN_NOTES | {"ids": "one,two,nobody"})
    yield Call("POST", "/v1/documents/states", json={"ids": ["one", "nobody"], **IN_NOTES})
    yield Call("GET", DOCUMENT, {"id": "one"}, IN_NOTES)
    yield Call("GET", DOCUMENT, {"id": "one"}, IN_NOTES | {"wait": 1})
    yield Call("GET", DOCUMENT, {"id": "nobody"}, IN_NOTES | {"wait": 0.1})
    yield Call("GET", f"{DOCUMENT}/timeline", {"id": "one"}, IN_NOTES, is_random=True)
    yield Call("GET", f"{DOCUMENT}/timeline", {"id": "nobody"}, IN_NOTES)
    yield Call("GET", f"{DOCUMENT}/chunks", {"id": "one"}, IN_NOTES)
    yield Call("GET", f"{DOCUMENT}/chunks", {"id": "nobody"}, IN_NOTES)
    yield Call("GET", "/v1/failures")
    yield Call("GET", "/v1/failures", params=IN_NOTES)
    yield Call("POST", "/v1/documents/fetch", json={"ids": ["two", "nobody", "one"], **IN_NOTES})
    yield Call("GET", "/v1/collections")
    yield Call("GET", "/v1/collections", params={"limit": 1}, keeps={"names": "next_cursor"})
    yield Call("GET", "/v1/collections", params={"limit": 1, "cursor": "$names"})
    yield Call("GET", COLLECTION, {"collection": NOTES})
    yield Call("GET", COLLECTION, {"collection": "nowhere"})
    yield Call("GET", EXPORT, {"collection": NOTES})
    yield Call("GET", EXPORT, {"collection": ARCHIVE}, {"filter": '{"team": "red"}'})
    yield Call("GET", EXPORT, {"collection": "nowhere"}, {"vectors": "true"})
    yield Call("GET", "/v1/whoami")
    yield Call("GET", "/v1/files", params=IN_NOTES)
    yield Call("GET", FILE, {"id": "nobody"}, IN_NOTES)


def public() -> Iterator[Call]:
    yield Call("GET", "/livez")
    yield Call("GET", "/readyz")


def _imports() -> Iterator[Call]:
    lines = '{"id": "bulk", "content": "Boxes of grey cardboard keep letters."}\n{"id": "bad"}\n'
    mine = {"import": IMPORT}
    yield Call("POST", "/v1/documents/bulk", params=IN_NOTES | mine, lines=lines)
    yield Call("GET", "/v1/imports/{id}", {"id": IMPORT}, is_random=True)
    yield Call("GET", "/v1/imports/{id}", {"id": NO_IMPORT})
    left_out = {"items": [{"name": "notes/.draft.md", "error": "hidden"}]}
    yield Call("POST", SKIPPED, {"id": IMPORT}, IN_NOTES, json=left_out)
    yield Call("POST", END, {"id": IMPORT})
    yield Call("POST", END, {"id": NO_IMPORT})
    yield Call("GET", REJECTED, {"id": IMPORT})
    yield Call("GET", REJECTED, {"id": NO_IMPORT})
    yield Call("GET", REJECTED, {"id": IMPORT}, {"cursor": "not-one"})
    yield Call("GET", FAILED, {"id": IMPORT})
    yield Call("GET", FAILED, {"id": NO_IMPORT})
    yield Call("GET", "/v1/imports", is_random=True)
    yield Call("GET", "/v1/imports", params=IN_NOTES, is_random=True)
    yield Call("GET", "/v1/imports", params={"limit": 1, "cursor": "not-one"})


def changes() -> Iterator[Call]:
    """What needs a key, or more."""
    created = {"id": "new", "content": "A new letter about ink.", **IN_NOTES}
    yield Call("POST", "/v1/documents", json=created)
    yield Call("POST", "/v1/documents", json=created)
    yield Call("GET", DOCUMENT, {"id": "new"}, IN_NOTES | {"wait": 30})
    yield Call("PUT", DOCUMENT, {"id": "new"}, IN_NOTES, json={"content": "A letter about paper."})
    yield Call("GET", DOCUMENT, {"id": "new"}, IN_NOTES | {"wait": 30})
    yield Call("PATCH", DOCUMENT, {"id": "new"}, IN_NOTES, json={"metadata": {"team": "red"}})
    yield Call("GET", DOCUMENT, {"id": "new"}, IN_NOTES | {"wait": 30})
    yield Call("POST", f"{DOCUMENT}/retry", {"id": "one"}, IN_NOTES)
    yield Call("POST", "/v1/documents/retry", params={"status": "failed"})
    yield from _imports()
    yield Call("GET", DOCUMENT, {"id": "bulk"}, IN_NOTES | {"wait": 30})
    yield Call("POST", "/v1/files", params=IN_NOTES, lines=FORM, content_type=FORM_TYPE)
    yield Call("GET", FILE, {"id": "own.txt"}, IN_NOTES | {"wait": 30})
    yield Call("GET", DOCUMENT, {"id": "own.txt"}, IN_NOTES)
    yield Call("POST", f"{FILE}/retry", {"id": "own.txt"}, IN_NOTES)
    sweep = {"source": "own", "sweep": "2026-11-28"}
    yield Call("DELETE", "/v1/files", params={**IN_NOTES, **sweep})
    yield Call("DELETE", FILE, {"id": "own.txt"}, IN_NOTES)
    yield Call("DELETE", FILE, {"id": "own.txt"}, IN_NOTES)
    yield Call("DELETE", DOCUMENT, {"id": "new"}, IN_NOTES)
    yield Call("DELETE", DOCUMENT, {"id": "new"}, IN_NOTES)
    yield Call("DELETE", "/v1/documents", params=IN_NOTES | {"filter": '{"team": "green"}'})
    patch = {"metadata": {"checked": True}}
    yield Call(
        "PATCH", "/v1/documents", params=IN_NOTES | {"filter": '{"team": "red"}'}, json=patch
    )
    yield from collection_changes()
    yield from figures()
    hook = {"url": f"{DEAD_END}/own"}
    yield Call("PUT", HOOK, {"collection": NOTES}, json=hook)
    yield Call("GET", HOOK, {"collection": NOTES})
    yield Call("GET", "/v1/webhooks")
    yield Call("DELETE", HOOK, {"collection": NOTES})
    yield Call("DELETE", HOOK, {"collection": NOTES})
    migration = {"model": "all-minilm", "chunk_tokens": 96, "cutover": "manual"}
    there = {"collection": ARCHIVE}
    yield Call("POST", f"{MIGRATIONS}/estimate", there, json=migration, is_random=True)
    yield Call("POST", MIGRATIONS, there, json=migration, keeps={"migration": "id"})
    yield Call("GET", MIGRATION, there | {"migration": "9999"})
    aborted = there | {"migration": "$migration", "action": "abort"}
    yield Call("POST", f"{MIGRATION}/{{action}}", aborted, json={})
    yield Call("GET", MIGRATION, there | {"migration": "$migration"})
    yield Call("GET", MIGRATIONS, there)
    yield from key_changes()


def figures() -> Iterator[Call]:
    yield Call("GET", "/v1/stats")
    yield Call("GET", "/v1/activity", is_random=True)
    yield Call("GET", "/v1/activity", params=IN_NOTES, is_random=True)
    yield Call("GET", "/v1/usage")


def collection_changes() -> Iterator[Call]:
    mine, yours = {"collection": "mine"}, {"collection": "yours"}
    yield Call("PUT", COLLECTION, mine, json={"description": "Letters"})
    yield Call("PUT", COLLECTION, mine, json={"chunk_tokens": 64})
    yield Call("PUT", DOCUMENT, {"id": "one"}, mine, json={"content": "Ink on paper."})
    yield Call("GET", DOCUMENT, {"id": "one"}, mine | {"wait": 30})
    yield Call("PATCH", COLLECTION, mine, json={"name": NOTES})
    yield Call("PATCH", COLLECTION, mine, json={"name": "yours", "description": "Boxes"})
    yield Call("GET", DOCUMENT, {"id": "one"}, yours)
    yield Call("GET", "/v1/collections")
    yield Call("DELETE", COLLECTION, yours)
    yield Call("DELETE", COLLECTION, yours)
    yield Call("POST", "/v1/search", json={"q": "ink", "collection": "*", "limit": 3})


def key_changes() -> Iterator[Call]:
    named = {"name": OWN_NAME, "scopes": SCOPES}
    yield Call("POST", "/v1/keys", json=named, keeps={"key": "id"})
    yield Call("GET", KEY, {"id": "$key"})
    yield Call("PATCH", KEY, {"id": "$key"}, json={"name": "renamed"})
    yield Call("POST", f"{KEY}/rotate", {"id": "$key"}, json={"overlap_seconds": 1})
    yield Call("POST", f"{KEY}/revoke-tokens", {"id": "$key"})
    yield Call("GET", "/v1/keys", params={"limit": 1}, is_random=True)
    yield Call("GET", "/v1/keys")
    yield Call("DELETE", KEY, {"id": "$key"})
    yield Call("GET", "/v1/audit")
    yield Call("GET", "/v1/tenants")
    yield Call("GET", "/v1/tenants/{name}", {"name": "default"})
    yield Call("POST", "/v1/tenants", json={"name": "mine"})
    yield Call("PATCH", "/v1/tenants/{name}", {"name": "default"}, json={"weight": 9})
    yield Call("GET", "/metrics")


STREAMS = {("GET", "/v1/events")}
"""They last, and have tests of their own."""


def all_calls() -> list[Call]:
    return [*reads(), *changes(), *reads(), *public()]
