"""The model server refuses, hangs, disconnects, answers nonsense and loses its model."""

import time

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
    # A worker with nothing to embed notices no outage.
    system.put("first", "The text at which the worker notices the outage.")
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
