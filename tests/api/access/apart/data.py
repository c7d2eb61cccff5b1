"""What tenants have: the same names and texts, and secrets that only they know."""

import json
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import httpx

from shared.domain.access.tokens import make_token
from tests.support.processes import eventually

NOTES = "notes"
ARCHIVE = "archive"
TEXTS = {
    "one": "Iron gall ink dries in three minutes on cotton paper.",
    "two": "Fountain pens need a soft cloth and patience after each letter.",
    "three": "The archive keeps letters in boxes of grey cardboard.",
}
"""Each tenant has all of them."""
QUESTION = "How long does iron gall ink take to dry?"
QUERY = "drying ink on paper"
DEAD_END = "http://127.0.0.1:9"


def secret() -> str:
    """Return a word that nobody guesses."""
    return "zq" + token_hex(8)


@dataclass
class Secrets:
    """What nobody but its tenant knows."""

    words: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.words.setdefault(name, secret())


def done(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of an answer, which must be a success."""
    assert answer.is_success, (answer.request.url, answer.text)
    return answer.json()


def put(client: httpx.Client, collection: str, id_: str, **body: Any) -> None:  # noqa: ANN401
    where = {"collection": collection}
    done(client.put(f"/v1/documents/{id_}", params=where, json=body))


def wait_until_ready(client: httpx.Client, collection: str, *ids: str) -> None:
    for id_ in ids:
        where = {"collection": collection, "wait": "30"}
        found = done(client.get(f"/v1/documents/{id_}", params=where))
        assert found["status"] == "ready", found


def put_common(client: httpx.Client) -> None:
    """Put the documents that every tenant has."""
    for collection in (NOTES, ARCHIVE):
        for number, (id_, text) in enumerate(TEXTS.items()):
            metadata = {"team": "red" if number % 2 else "blue", "year": 2020 + number}
            put(client, collection, id_, title=f"About {id_}", content=text, metadata=metadata)
        wait_until_ready(client, collection, *TEXTS)


GERMAN = (
    "Die Tinte trocknet in wenigen Minuten, und der Brief liegt danach auf dem Tisch. "
    "Wer schreibt, der braucht Geduld, eine gute Feder und trockenes Papier im Zimmer. "
)


def put_secrets(client: httpx.Client, secrets: Secrets) -> None:
    """Put what would show: rare words, other languages, secret ids, names and values."""
    hidden = secrets["collection"]
    for number in range(12):
        put(
            client,
            hidden if number % 2 else NOTES,
            f"{secrets['id']}-{number}",
            title=f"Ink and {secrets['title']}",
            content=f"{secrets['content']} ink paper letters drying {number}. {GERMAN * 3}",
            metadata={secrets["name"]: secrets["value"], "team": "green", "year": number},
        )
    wait_until_ready(client, NOTES, f"{secrets['id']}-10")
    wait_until_ready(client, hidden, f"{secrets['id']}-11")
    for collection in (NOTES, hidden):
        body = {"url": f"{DEAD_END}/{secrets['hook']}"}
        done(client.put(f"/v1/webhooks/{collection}", json=body))


def be_busy(client: httpx.Client, secrets: Secrets) -> None:
    """Search, ask, and migrate, so that caches, recent queries and the audit have something."""
    for query in (QUERY, QUESTION, f"ink {secrets['query']}"):
        for collection in (NOTES, "*"):
            body = {"q": query, "collection": collection, "cursor": "start", "limit": 1}
            done(client.post("/v1/search", json=body))
    for question in (QUESTION, f"{QUESTION} {secrets['question']}"):
        body = {"question": question, "collection": NOTES, "stream": False}
        done(client.post("/v1/ask", json=body))
    client.delete(f"/v1/documents/{secrets['id']}-0", params={"collection": NOTES})
    scopes = [{"actions": ["search"], "collections": [secrets["pattern"]]}]
    body = {"name": secrets["key"], "scopes": scopes}
    done(client.post("/v1/keys", json=body))


def start_migration(client: httpx.Client, collection: str) -> int:
    """Start a migration that does not finish by itself."""
    body = {"model": "all-minilm", "chunk_tokens": 64, "cutover": "manual"}
    answer = client.post(f"/v1/collections/{collection}/migrations", json=body)
    assert answer.status_code == 202, answer.text
    number: int = answer.json()["id"]
    path = f"/v1/collections/{collection}/migrations/{number}"
    eventually(
        lambda: client.get(path).json()["state"] in {"ready", "filling"}, "the migration runs", 30
    )
    return number


@dataclass(frozen=True)
class Foreign:
    """What somebody else may have learned of a tenant, and tries with a key of their own."""

    tenant: str
    collection: str
    id: str
    key: str
    key_id: str
    token: str
    list_cursor: str
    names_cursor: str
    search_cursor: str
    event_id: str
    audit_id: str
    migration: int
    import_id: str
    import_cursor: str
    export_cursor: str


def learn(client: httpx.Client, tenant: str, key: str, secrets: Secrets) -> Foreign:
    """Return what is to be tried with the key of another tenant."""
    hidden = secrets["collection"]
    where = {"collection": hidden, "limit": "1"}
    body = {"q": QUERY, "collection": hidden, "cursor": "start", "limit": 1}
    return Foreign(
        tenant=tenant,
        collection=hidden,
        id=f"{secrets['id']}-1",
        key=key,
        key_id=client.get("/v1/whoami").json()["key"]["id"],
        token=make_token(key),
        list_cursor=client.get("/v1/documents", params=where).json()["next_cursor"],
        names_cursor=client.get("/v1/collections", params={"limit": "1"}).json()["next_cursor"],
        search_cursor=client.post("/v1/search", json=body).json()["next_cursor"],
        event_id=event_id(client),
        audit_id=client.get("/v1/audit").json()["items"][0]["id"],
        migration=start_migration(client, hidden),
        import_id=run_imports(client, hidden),
        import_cursor=client.get("/v1/imports", params={"limit": "1"}).json()["next_cursor"],
        export_cursor=export_cursor(client, hidden),
    )


def run_imports(client: httpx.Client, collection: str) -> str:
    """Import nothing, twice, and return the id of one import."""
    for _ in range(2):
        answer = done(client.post("/v1/documents/bulk", params={"collection": collection}, json=[]))
    id_: str = answer["import"]
    return id_


def export_cursor(client: httpx.Client, collection: str) -> str:
    with client.stream("GET", f"/v1/collections/{collection}/export") as answer:
        cursor: str = json.loads(next(answer.iter_lines()))["cursor"]
    return cursor


def event_id(client: httpx.Client) -> str:
    with client.stream("GET", "/v1/events") as answer:
        for line in answer.iter_lines():
            if line.startswith("id: "):
                return line.removeprefix("id: ")
    raise AssertionError


def settle_in(client: httpx.Client, secrets: Secrets) -> None:
    put_common(client)
    put_secrets(client, secrets)
