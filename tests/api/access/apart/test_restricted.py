"""Scoped tokens with a filter, and keys of some collections: they see only what they may."""

import httpx
import pytest

from shared.domain.access.tokens import make_token
from tests.api.access.apart.calls import STREAMS, Call, all_calls, public, reads
from tests.api.access.apart.conftest import Crowd
from tests.api.access.apart.data import ARCHIVE, NOTES, put, secret, wait_until_ready
from tests.api.access.apart.test_every_route import send
from tests.api.access.apart.transcript import holds

TENANT = "acme"
Hidden = tuple[str, ...]


@pytest.fixture(scope="module")
def hidden(crowd: Crowd) -> Hidden:
    """Secrets in documents that the token's filter excludes, and in other collections."""
    words = tuple(secret() for _ in range(5))
    client = crowd.world.of(TENANT)
    for collection in (NOTES, ARCHIVE, words[4]):
        put(
            client,
            collection,
            words[0],
            title=f"Ink {words[1]}",
            content=f"Drying ink on paper, letters, {words[2]}.",
            metadata={"team": "blue", "year": 2022, "note": words[3]},
        )
        wait_until_ready(client, collection, words[0])
    return words


def red(crowd: Crowd) -> str:
    """Return a token for the red documents of one collection."""
    return make_token(crowd.world.keys[TENANT], [NOTES], {"team": "red"}, seconds=600)


def only_red(hidden: Hidden, answer: str) -> None:
    assert not any(holds(answer, word) for word in hidden)
    assert '"blue"' not in answer


@pytest.mark.parametrize("call", list(reads()), ids=lambda call: call.name[:80])
def test_a_token_reads_only_what_its_filter_allows(
    crowd: Crowd, hidden: Hidden, call: Call
) -> None:
    found = send(crowd.world.connect(red(crowd)), call, {"list": "0"})
    only_red(hidden, found.raw)


def test_the_counts_of_a_token_are_those_of_its_documents(crowd: Crowd, hidden: Hidden) -> None:
    client = crowd.world.connect(red(crowd))
    whole = crowd.world.of(TENANT)
    body = {"q": "ink letters", "collection": NOTES, "facets": ["team", "year"], "limit": 1}
    found = client.post("/v1/search", json=body).json()
    expected = whole.post("/v1/search", json=body | {"filter": {"team": "red"}}).json()
    for name in ("total", "facets"):
        assert found[name] == expected[name]
    assert found["facets"]["team"] == [{"value": "red", "count": 1}]
    where = {"collection": NOTES}
    ids = [each["id"] for each in client.get("/v1/documents", params=where).json()["items"]]
    assert ids == ["two"]
    asked = {"ids": ["one", "two", hidden[0]], **where}
    states = client.post("/v1/documents/states", json=asked).json()["items"]
    assert [each["id"] for each in states] == ["two"]
    fetched = client.post("/v1/documents/fetch", json=asked).json()
    assert [each["id"] for each in fetched["items"]] == ["two"]
    assert fetched["missing"] == ["one", hidden[0]]
    assert client.get("/v1/collections/notes").json()["documents"] is None


@pytest.mark.parametrize("path", ["{}", "{}?wait=0.1", "{}/similar", "{}/similar?target=notes"])
def test_a_document_that_the_filter_excludes_does_not_exist(
    crowd: Crowd, hidden: Hidden, path: str
) -> None:
    client = crowd.world.connect(red(crowd))
    answers = []
    for id_ in (hidden[0], "no-such-document"):
        url = httpx.URL(f"/v1/documents/{path.format(id_)}").copy_merge_params(
            {"collection": NOTES}
        )
        answer = client.get(url)
        answers.append((answer.status_code, answer.text.replace(id_, "<id>")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


@pytest.mark.parametrize("call", all_calls(), ids=lambda call: call.name[:80])
def test_a_token_may_do_nothing_else(crowd: Crowd, call: Call) -> None:
    allowed = {(each.method, each.route) for each in [*reads(), *public()]} | STREAMS
    if (call.method, call.route) in allowed:
        return
    values = {"key": "0" * 12, "migration": "1"}
    quiet = Call(call.method, call.route, call.names, call.params, call.json, call.lines)
    found = send(crowd.world.connect(red(crowd)), quiet, values)
    assert found.status == 403
    assert '"urn:inkdex:forbidden"' in found.raw


def key_of_notes(crowd: Crowd, *actions: str) -> str:
    scopes = [{"actions": actions or ["*"], "collections": [NOTES]}]
    made = crowd.world.of(TENANT).post("/v1/keys", json={"name": "narrow", "scopes": scopes})
    key: str = made.json()["key"]
    return key


@pytest.mark.parametrize("call", all_calls(), ids=lambda call: call.name[:80])
def test_a_key_of_one_collection_sees_no_other(crowd: Crowd, hidden: Hidden, call: Call) -> None:
    values = {"key": "0" * 12, "migration": "1", "list": "0"}
    quiet = Call(call.method, call.route, call.names, call.params, call.json, call.lines)
    found = send(crowd.world.connect(key_of_notes(crowd)), quiet, values)
    assert not holds(found.raw, hidden[4])
    assert f'"{ARCHIVE}"' not in found.raw.replace(ARCHIVE, "", _named(call))


def _named(call: Call) -> int:
    return str(call).count(ARCHIVE)


def test_a_token_hears_only_of_what_its_filter_allows(crowd: Crowd, hidden: Hidden) -> None:
    client = crowd.world.of(TENANT)
    lines = []
    with crowd.world.connect(red(crowd)).stream("GET", "/v1/events") as answer:
        reading = answer.iter_lines()
        lines.append(next(reading))
        for team, id_ in (("blue", hidden[0]), ("red", "heard")):
            put(client, NOTES, id_, content=f"Ink {secret()}.", metadata={"team": team})
            wait_until_ready(client, NOTES, id_)
        for line in reading:
            lines.append(line)
            if '"heard"' in line and '"ready"' in line:
                break
    client.delete("/v1/documents/heard", params={"collection": NOTES})
    only_red(hidden, "\n".join(lines))
