"""The model server fails because of one text, or returns bad vectors."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.support import model_faults as p
from tests.support.load import texts
from tests.support.processes import eventually
from tests.support.proxy import Fault, Proxy
from tests.support.system import System

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
