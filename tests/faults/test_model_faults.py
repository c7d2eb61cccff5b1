"""The model server refuses, hangs, disconnects, answers wrongly and loses its model."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.support import model_faults as p
from tests.support.load import texts
from tests.support.processes import eventually
from tests.support.proxy import Fault, Proxy
from tests.support.system import System
from tests.support.system_fixtures import StartSystem

OUTAGES: dict[str, Fault] = {
    "hang": p.hang,
    "reset": p.reset,
    "reset_in_mid_answer": p.reset_in_mid_answer,
    "busy": p.busy,
    "broken": p.broken,
    "runner_died": p.runner_died,
    "rejecting": p.rejecting,
    "slow": p.slow(60),
    "missing": p.missing,
    "fewer": p.fewer,
    "garbage": p.garbage,
    "html": p.html,
    "cut_json": p.cut_json,
    "drip": p.drip,
    "endless": p.endless,
}
EMBED_ONLY = {
    f"{name}_while_it_lists_its_models": p.only_embed(fault)
    for name, fault in OUTAGES.items()
    if name in {"hang", "reset", "busy", "broken", "runner_died", "rejecting", "slow", "drip"}
}


@pytest.mark.parametrize("fault", [*OUTAGES, "refuse", *EMBED_ONLY])
def test_an_outage_only_delays_documents(fault: str, system: System, proxy: Proxy) -> None:
    system.put_all(texts("before", 4))
    system.settle()
    if fault == "refuse":
        proxy.refuse()
    else:
        proxy.fault = (OUTAGES | EMBED_ONLY)[fault]
    system.put_all(texts("during", 12))
    system.put("before-0", "An edit while the model is down.")
    for n in range(4):
        found = system.search(f"dries in {n} minutes")
        assert found["hits"]
        assert found["degraded"] == {"reason": "model_unavailable", "served": "text"}
    system.until_paused()
    assert system.database.pending() == 13
    proxy.heal()
    system.settle()
    system.assert_invariants()
    eventually(lambda: system.parts()["worker"]["ok"], "/readyz reports that the worker is ok", 10)
    eventually(lambda: not system.search("recovered?")["degraded"], "search recovers", 15)


def test_a_long_outage_uses_up_no_attempts(system: System, proxy: Proxy) -> None:
    system.put_all(texts("before", 2))
    system.settle()
    proxy.fault = p.only_embed(p.broken)
    proxy.forget()
    system.put_all(texts("during", 20))
    eventually(lambda: proxy.requests["/api/embed"] >= 6, "it is tried repeatedly", 40)
    assert system.database.pending() == 20
    proxy.heal()
    system.settle()
    system.assert_invariants()


def test_a_broken_server_gets_few_requests(system: System, proxy: Proxy) -> None:
    system.put_all(texts("before", 2))
    system.settle()
    proxy.fault = p.only_embed(p.broken)
    system.put_all(texts("during", 50))
    system.until_paused()
    proxy.forget()
    time.sleep(4)  # the time over which requests are counted
    assert sum(proxy.requests.values()) <= 16, proxy.requests
    proxy.heal()
    system.settle()
    system.assert_invariants()


def test_the_model_server_is_down_at_startup(start_system: StartSystem, proxy: Proxy) -> None:
    proxy.refuse()
    system = start_system(workers=2)
    system.put_all(texts("early", 10))
    system.until_paused()
    assert system.search("dries in minutes")["hits"]
    proxy.heal()
    system.settle()
    system.assert_invariants()


def test_the_model_is_missing_at_startup(start_system: StartSystem, proxy: Proxy) -> None:
    proxy.fault = p.missing
    system = start_system()
    system.put_all(texts("early", 10))
    system.until_paused()
    assert "model_missing" in system.parts()["worker"]["detail"]
    proxy.heal()
    system.settle()
    system.assert_invariants()


def test_writes_are_refused_while_too_many_documents_are_pending(
    start_system: StartSystem, proxy: Proxy
) -> None:
    system = start_system(env={"INKDEX_PENDING_MAX_DOCUMENTS": "10"})
    proxy.refuse()
    system.until_paused()
    refused = (texts("during", 200)[f"during-{n}"] for n in range(200))

    def is_refused() -> bool:
        body = {"content": next(refused)}
        answer = system.client().post("/v1/documents", json=body)
        if answer.status_code == 201:
            system.expect(answer.json()["id"], body["content"])
        return answer.status_code == 429 and int(answer.headers["retry-after"]) > 0

    eventually(is_refused, "writes are put off", 20)
    assert system.database.pending() >= 10
    proxy.heal()
    system.settle()
    eventually(lambda: not is_refused(), "writes are accepted", 10)
    system.settle()
    system.assert_invariants()


BAD_VECTORS: dict[str, tuple[Callable[[list[float]], list[float]], str]] = {
    "nan": (p.nan, "vector_not_finite"),
    "zeros": (p.zeros, "vector_zero"),
    "other_dimension": (p.other_dimension, "wrong_dimensions"),
}


@pytest.mark.parametrize("kind", BAD_VECTORS)
def test_only_the_text_with_a_bad_vector_fails_and_it_can_be_retried(
    kind: str, system: System, proxy: Proxy
) -> None:
    change, code = BAD_VECTORS[kind]
    proxy.fault = p.vectors(change, "POISON")
    system.put_all({"bad": "POISON", **texts("good", 20)})
    system.settle()
    system.assert_invariants(failed={"bad": code})
    assert system.get("bad")["error"]["attempts"] == 3
    proxy.heal()
    retried = system.client().post("/v1/documents/bad/retry", params={"collection": "default"})
    assert retried.status_code == 202
    system.settle()
    system.assert_invariants(blamed=["bad"])


@pytest.mark.parametrize("kind", BAD_VECTORS)
def test_temporary_bad_vectors_are_never_stored(kind: str, system: System, proxy: Proxy) -> None:
    system.put_all(texts("before", 2))
    system.settle()
    change, _ = BAD_VECTORS[kind]
    proxy.fault = p.first(2, p.only_embed(p.vectors(change)))
    system.put_all(texts("during", 8))
    system.settle()
    system.assert_invariants(blamed=texts("during", 8))


def seconds_until_ready(system: System, contents: dict[str, str]) -> float:
    started = time.monotonic()
    system.put_in_bulk(contents)
    good = [id_ for id_ in contents if id_ != "poison"]
    eventually(
        lambda: (
            not system.database.rows(
                "SELECT FROM documents d JOIN jobs ON document_key = key WHERE id = ANY(%s)", good
            )
        ),
        "the good documents are ready",
        40,
        system.workers[0].log,
    )
    return time.monotonic() - started


def test_a_poison_document_does_not_delay_its_batch(system: System, proxy: Proxy) -> None:
    system.put_all(texts("before", 2))
    system.settle()
    proxy.fault = p.only_with("POISON", p.too_long)
    without = seconds_until_ready(system, texts("first", 49))
    good = list(texts("second", 49).items())
    proxy.forget()
    with_it = seconds_until_ready(system, dict([*good[:24], ("poison", "POISON"), *good[24:]]))
    assert with_it < 2 * without + 2, f"{with_it:.2f} s with it, {without:.2f} s without"
    system.settle()
    # Halving a batch of any size sends each text fewer than three times on average.
    assert len([text for text in proxy.texts if text != "POISON"]) < 3 * 50
    system.assert_invariants(failed={"poison": "too_long"})
    error = system.get("poison")["error"]
    assert error["attempts"] == 3
    assert "can't read a text as long" in error["message"]


KILLERS: dict[str, Fault] = {
    "broken": p.status(500, "failed to encode response: json: unsupported value: NaN"),
    "runner_died": p.runner_died,
    "reset": p.reset,
    "hang": p.hang,
}


@pytest.mark.parametrize("lane", ["interactive", "bulk"])
@pytest.mark.parametrize("killer", KILLERS)
def test_a_document_that_breaks_the_model_server_does_not_delay_others(
    killer: str, lane: str, system: System, proxy: Proxy
) -> None:
    """I5: the answer blames the server, but only this text causes it.

    Ollama answers 500 "unsupported value: NaN" if a model makes a NaN of a text.
    """
    system.put_all(texts("before", 2))
    system.settle()
    proxy.fault = p.only_with("POISON", KILLERS[killer])
    contents = {**texts("early", 4), "poison": "POISON", **texts("good", 16)}
    if lane == "bulk":
        system.put_in_bulk(contents)
    else:
        system.put_all(contents)
    with suppress(AssertionError):
        eventually(lambda: system.database.pending() <= 1, "the good ones are ready", 30)
    assert system.database.pending() <= 1, "one document delays all others"
    proxy.heal()
    system.settle()
    system.assert_invariants(blamed=["poison"])
