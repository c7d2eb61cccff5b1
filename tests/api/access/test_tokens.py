"""Scoped tokens over HTTP: they restrict their key, and end with it."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from shared.domain.access import tokens
from shared.domain.access.keys import new_key
from shared.domain.access.tokens import CLOCK_SECONDS, make_token
from tests.api.access.conftest import ADMIN_KEY
from tests.api.access.test_keys import kind
from tests.support.processes import eventually

Connect = Callable[..., httpx.Client]
MakeKey = Callable[..., dict[str, Any]]


def test_a_token_says_who_it_is_of(connect: Connect, make_key: MakeKey) -> None:
    made = make_key("search", "documents.write")
    token = make_token(made["key"], ["notes-*"], {"team": "red"}, seconds=60, subject="ada")
    whoami = connect(token).get("/v1/whoami").json()
    assert whoami["key"]["id"] == made["id"]
    assert whoami["token"] == {"collections": ["notes-*"], "subject": "ada"}
    assert whoami["scopes"] == [{"actions": ["search"], "collections": ["*"]}]
    assert whoami["operator"] is False


def test_a_token_reads_only_where_both_it_and_its_key_may(
    connect: Connect, make_key: MakeKey
) -> None:
    made = make_key("search", "documents.read", collections=("a*",))
    client = connect(make_token(made["key"], ["*b"]))
    for collection, status in (("ab", 200), ("a", 403), ("b", 403), ("*", 200)):
        answer = client.get("/v1/search", params={"q": "ink", "collection": collection})
        assert answer.status_code == status, collection
    assert client.get("/v1/documents", params={"collection": "ab"}).status_code == 200


def test_a_token_of_an_operators_key_only_reads(connect: Connect) -> None:
    client = connect(make_token(ADMIN_KEY))
    where = {"collection": "tokens"}
    for answer in (
        client.put("/v1/documents/a", params=where, json={"content": "ink"}),
        client.delete("/v1/documents/a", params=where),
        client.get("/v1/keys"),
        client.get("/v1/audit"),
        client.get("/v1/tenants"),
        client.get("/metrics"),
        client.get("/v1/stats"),
        client.get("/v1/webhooks"),
    ):
        assert kind(answer) == (403, "forbidden"), answer.request.url
    assert client.get("/v1/search", params={"q": "ink"}).status_code == 200


def test_a_forged_token_is_refused_whether_its_key_exists_or_not(
    connect: Connect, make_key: MakeKey
) -> None:
    made = make_key("search")
    token = make_token(made["key"])
    forged = [
        make_token(new_key(made["id"]).text),
        make_token(new_key().text),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "inkt_x_y",
    ]
    answers = [connect(each).get("/v1/whoami") for each in forged]
    assert {(each.status_code, each.text) for each in answers} == {(401, answers[0].text)}
    assert kind(answers[0]) == (401, "token-invalid")


def test_a_token_expires(connect: Connect, make_key: MakeKey) -> None:
    client = connect(make_token(make_key("search")["key"], seconds=1))
    client.get("/v1/whoami").raise_for_status()
    eventually(lambda: client.get("/v1/whoami").status_code == 401, "the token expires", 5)
    assert kind(client.get("/v1/whoami")) == (401, "token-expired")


def test_the_tokens_of_a_key_are_revoked_together_and_new_ones_are_valid(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key("search")
    old = connect(make_token(made["key"]), 1)
    old.get("/v1/whoami").raise_for_status()
    admin.post(f"/v1/keys/{made['id']}/revoke-tokens").raise_for_status()
    time.sleep(1)
    assert kind(old.get("/v1/whoami")) == (401, "token-invalid")
    assert connect(made["key"]).get("/v1/whoami").status_code == 200
    eventually(
        lambda: connect(make_token(made["key"])).get("/v1/whoami").status_code == 200,
        "new tokens are valid",
        CLOCK_SECONDS + 5,
    )


def test_a_revocation_counts_for_tokens_of_clocks_that_are_ahead(
    connect: Connect, make_key: MakeKey, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_key("search")
    now = time.time
    monkeypatch.setattr(tokens, "time", SimpleNamespace(time=lambda: now() + CLOCK_SECONDS - 1))
    client = connect(make_token(made["key"]))
    client.get("/v1/whoami").raise_for_status()
    admin.post(f"/v1/keys/{made['id']}/revoke-tokens").raise_for_status()
    time.sleep(1)
    assert kind(client.get("/v1/whoami")) == (401, "token-invalid")


def test_a_token_ends_with_its_key(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key("search")
    client = connect(make_token(made["key"]))
    client.get("/v1/whoami").raise_for_status()
    admin.delete(f"/v1/keys/{made['id']}").raise_for_status()
    time.sleep(1)
    assert kind(client.get("/v1/whoami")) == (401, "key-revoked")


def test_a_token_outlives_a_rotation_for_the_overlap(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key("search")
    client = connect(make_token(made["key"]))
    path = f"/v1/keys/{made['id']}/rotate"
    admin.post(path, json={"overlap_seconds": 60}).raise_for_status()
    time.sleep(1)
    assert client.get("/v1/whoami").status_code == 200
    admin.post(path, json={"overlap_seconds": 0}).raise_for_status()
    time.sleep(1)
    assert kind(client.get("/v1/whoami")) == (401, "token-invalid")


def test_a_tokens_filter_must_be_one(connect: Connect, make_key: MakeKey) -> None:
    token = make_token(make_key("search")["key"], filter_={"year": {"near": 2020}})
    answer = connect(token).get("/v1/whoami")
    assert kind(answer) == (401, "token-invalid")
    assert "near" in answer.json()["detail"]
