"""Export, and import elsewhere without embedding anything."""

import base64
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import ports
from tests.support import system as systems
from tests.support.databases import create_database, drop_database
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.server_processes import Redis
from tests.support.system import System

BULK = "/v1/documents/bulk"
NDJSON = {"content-type": "application/x-ndjson"}
LONG = " ".join(f"Sentence {n} is about iron gall ink and how it dries." for n in range(120))
Line = dict[str, Any]


@pytest.fixture
def removed(client: httpx.Client, collection: str) -> Iterator[None]:
    """Delete the collection after a test that leaves megabytes to embed."""
    yield
    client.delete(f"/v1/collections/{collection}").raise_for_status()


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"end": [1, None, "€", 1.5]}
    for _ in range(levels):
        value = {"in": value}
    return value


def export(client: httpx.Client, collection: str, **params: Any) -> list[Line]:  # noqa: ANN401
    answer = client.get(f"/v1/collections/{collection}/export", params=params).raise_for_status()
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(each) for each in answer.text.split("\n") if each]


def load(client: httpx.Client, collection: str, lines: list[Line]) -> dict[str, Any]:
    raw = b"".join(json.dumps(each).encode() + b"\n" for each in lines)
    answer = client.post(BULK, params={"collection": collection}, content=raw, headers=NDJSON)
    report: dict[str, Any] = answer.raise_for_status().json()
    return report


def written(lines: list[Line]) -> list[Line]:
    return [{name: each[name] for name in ("id", "title", "content", "metadata")} for each in lines]


def documents(count: int) -> list[Line]:
    return [document(n) for n in range(count)]


def document(n: int) -> Line:
    title = f"T {n}" if n % 2 else None
    content = f"text {n}\n\u2028\x85 ink"
    return {"id": f"d/{n:03}", "title": title, "content": content, "metadata": {"n": n}}


def test_an_export_is_what_was_imported_in_the_order_of_creation(
    client: httpx.Client, collection: str
) -> None:
    sent = [*documents(450), {"id": "x", "title": None, "content": "x", "metadata": deep(40)}]
    assert load(client, collection, sent)["rejected"] == []
    lines = export(client, collection)
    assert written(lines) == sent
    assert set(lines[0]) == {"id", "title", "content", "metadata", "cursor"}
    report = load(client, f"{collection}-copy", lines)
    assert (report["accepted"], report["rejected_count"]) == (451, 0)
    assert written(export(client, f"{collection}-copy")) == sent


@pytest.mark.parametrize("at", [0, 199, 200, 300, 449])
def test_an_export_goes_on_after_any_line(client: httpx.Client, collection: str, at: int) -> None:
    load(client, collection, documents(450))
    lines = export(client, collection)
    assert export(client, collection, after=lines[at]["cursor"]) == lines[at + 1 :]


def test_a_filter_chooses_what_is_exported(client: httpx.Client, collection: str) -> None:
    load(client, collection, documents(10))
    lines = export(client, collection, filter='{"n": {"gte": 7}}')
    assert [each["id"] for each in lines] == ["d/007", "d/008", "d/009"]
    assert export(client, "no-such-collection") == []


@pytest.mark.parametrize(
    "params", [{"after": "x" * 32}, {"filter": "no json"}, {"vectors": "some"}, {"cursor": "x"}]
)
def test_wrong_parameters_are_refused(
    client: httpx.Client, collection: str, params: dict[str, str]
) -> None:
    answer = client.get(f"/v1/collections/{collection}/export", params=params)
    assert answer.status_code == 422


@pytest.mark.usefixtures("removed")
def test_documents_that_change_meanwhile_are_exported_once(
    client: httpx.Client, collection: str
) -> None:
    sent = documents(600)
    large = [each | {"content": "x" * 20_000} for each in sent]
    load(client, collection, large)
    path = f"/v1/collections/{collection}/export"
    with client.stream("GET", path) as answer:
        lines = answer.iter_lines()
        first = json.loads(next(lines))
        load(client, collection, [sent[0], sent[-1]])
        rest = [json.loads(each) for each in lines]
    assert [each["id"] for each in [first, *rest]] == [each["id"] for each in sent]
    assert (first["content"], rest[-1]["content"]) == (large[0]["content"], sent[-1]["content"])


@pytest.mark.usefixtures("removed")
def test_a_reader_who_leaves_ends_the_export(client: httpx.Client, collection: str) -> None:
    load(client, collection, [each | {"content": "x" * 50_000} for each in documents(300)])
    for _ in range(20):
        with client.stream("GET", f"/v1/collections/{collection}/export") as answer:
            next(answer.iter_lines())
    assert len(export(client, collection)) == 300


def test_a_head_has_no_lines(client: httpx.Client, collection: str) -> None:
    load(client, collection, documents(3))
    answer = client.head(f"/v1/collections/{collection}/export")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.fixture
def elsewhere(
    tmp_path: Path, postgres_url: str, template: str, broker: Redis, proxy: Proxy, ollama_url: str
) -> Iterator[System]:
    """Another Inkdex, with a database of its own, on the same model server."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    name = f"elsewhere_{ports.free_port()}"
    servers = {
        "DATABASE_URL": create_database(postgres_url, name, template),
        "REDIS_URL": f"{broker.url.rsplit('/', 1)[0]}/5",
        "OLLAMA_HOST": proxy.url,
    }
    with systems.running(folder, servers, ollama_url) as system:
        yield system
    drop_database(postgres_url, name)


def of(system: System, sent: list[Line]) -> list[Line]:
    """Return the export of documents with vectors, once they are ready."""
    load(system.client(), "default", sent)
    system.settle()
    return export(system.client(), "default", vectors=True)


def vectors_in(system: System) -> list[Any]:
    return system.database.rows(
        "SELECT id, start_offset, end_offset, text_hash, embedding::text FROM chunks"
        " JOIN documents ON key = document_key ORDER BY id, start_offset"
    )


SENT: list[Line] = [
    {"id": "long", "title": "Long", "content": LONG, "metadata": {"lang": "en"}},
    {"id": "short", "title": "On ink", "content": "Iron gall ink dries.", "metadata": {}},
    {"id": "twice", "title": None, "content": "Iron gall ink dries.", "metadata": {}},
]


def ended(system: System, report: dict[str, Any]) -> dict[str, Any]:
    system.settle()
    path = f"/v1/imports/{report['import']}"
    eventually(lambda: system.client().get(path).json()["ended_at"] is not None, "the import ends")
    shown: dict[str, Any] = system.client().get(path).json()
    return shown


def test_an_import_elsewhere_embeds_nothing(
    system: System, elsewhere: System, proxy: Proxy
) -> None:
    lines = of(system, SENT)
    assert len(lines[0]["vectors"]["chunks"]) > 2
    proxy.forget()
    report = load(elsewhere.client(), "default", lines)
    assert report["vectors_taken"] == 3
    shown = ended(elsewhere, report)
    assert (shown["state"], shown["ready"], shown["vectors_used"]) == ("done", 3, 3)
    assert [each for each in proxy.texts if "ink is" not in each] == []  # but the fingerprint
    assert vectors_in(elsewhere) == vectors_in(system)
    assert elsewhere.database.rows("SELECT FROM sent_vectors") == []
    again = export(elsewhere.client(), "default", vectors=True)
    assert [each["vectors"] for each in again] == [each["vectors"] for each in lines]
    hits = elsewhere.search("how does ink dry", mode="semantic")["hits"]
    assert hits[0]["document"]["id"] in {"short", "twice"}


def test_vectors_that_were_sent_are_not_reused_for_others(
    system: System, elsewhere: System, proxy: Proxy
) -> None:
    (line,) = of(system, SENT[1:2])
    ended(elsewhere, load(elsewhere.client(), "default", [line]))
    proxy.forget()
    same = {"id": "other", "title": line["title"], "content": line["content"]}
    ended(elsewhere, load(elsewhere.client(), "default", [same]))
    assert len(proxy.texts) == 1


def floats(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def chunk(**changes: Any) -> Callable[[Line], None]:  # noqa: ANN401
    def change(line: Line) -> None:
        line["vectors"]["chunks"][0] |= changes

    return change


def model(**changes: Any) -> Callable[[Line], None]:  # noqa: ANN401
    def change(line: Line) -> None:
        line["vectors"]["model"] |= changes

    return change


def given(vectors: Any) -> Callable[[Line], None]:  # noqa: ANN401
    def change(line: Line) -> None:
        line["vectors"] = vectors

    return change


ONE = floats(*[1.0] * 384)
UNREADABLE: dict[str, Callable[[Line], None]] = {
    "NaN": chunk(vector=floats(float("nan"), *[0.1] * 383)),
    "infinite": chunk(vector=floats(float("inf"), *[0.1] * 383)),
    "beyond 16 bits": chunk(vector=floats(1e30, *[0.1] * 383)),
    "zeros": chunk(vector=floats(*[0.0] * 384)),
    "too short": chunk(vector=floats(*[0.1] * 383)),
    "no whole number of floats": chunk(vector=base64.b64encode(b"12345").decode()),
    "no base64": chunk(vector="&&&&"),
    "no text": chunk(vector=[0.1] * 384),
    "beyond the text": chunk(end=10_000),
    "before the text": chunk(start=-1),
    "empty": chunk(start=3, end=3),
    "offset of another type": chunk(start=False),
    "huge offset": chunk(end=2**70),
    "no hash": chunk(hash="sha256:12"),
    "no chunks": given({"model": {"fingerprint": ONE}, "chunks": []}),
    "no model": given({"chunks": [{"start": 0, "end": 3, "vector": ONE}]}),
    "a list": given([1, 2]),
    "deep": given({"model": deep(80)}),
    "other dimensions": model(dimensions=3),
    "NaN in the fingerprint": model(fingerprint=floats(float("nan"), *[0.1] * 383)),
}


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    """Vectors as an export has them, of no model."""
    made = {"start": 0, "end": 20, "vector": ONE}
    return {"model": {"name": "all-minilm", "fingerprint": ONE}, "chunks": [made]}


def embeds_as_usual(client: httpx.Client, collection: str, line: Line, *, taken: int) -> None:
    report = load(client, collection, [line])
    assert (report["accepted"], report["rejected"]) == (1, [])
    assert report["vectors_taken"] == taken
    params: dict[str, Any] = {"collection": collection, "wait": 20}
    assert client.get(f"/v1/documents/{line['id']}", params=params).json()["status"] == "ready"
    (stored,) = export(client, collection, vectors=True)
    assert stored["vectors"]["chunks"][0]["vector"] != ONE


@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable_vectors_do_not_cost_the_document(
    client: httpx.Client, collection: str, exported: dict[str, Any], kind: str
) -> None:
    line = {
        "id": "a",
        "content": "Iron gall ink dries.",
        "vectors": json.loads(json.dumps(exported)),
    }
    UNREADABLE[kind](line)
    embeds_as_usual(client, collection, line, taken=0)


def test_vectors_of_another_model_are_not_used(
    client: httpx.Client, collection: str, exported: dict[str, Any]
) -> None:
    line = {"id": "a", "content": "Iron gall ink dries.", "vectors": exported}
    embeds_as_usual(client, collection, line, taken=1)


@pytest.mark.parametrize(
    "change", [chunk(end=10), chunk(hash="sha256:" + "0" * 64)], ids=["other place", "other text"]
)
def test_vectors_of_other_chunks_are_not_used(
    client: httpx.Client, collection: str, change: Callable[[Line], None]
) -> None:
    source = f"{collection}-source"
    load(client, source, SENT[1:2])
    params: dict[str, Any] = {"collection": source, "wait": 20}
    client.get("/v1/documents/short", params=params).raise_for_status()
    (line,) = export(client, source, vectors=True)
    line["content"] = line["content"].replace("dries", "fades")
    line["vectors"]["chunks"][0]["vector"] = ONE
    change(line)
    embeds_as_usual(client, collection, line, taken=1)
