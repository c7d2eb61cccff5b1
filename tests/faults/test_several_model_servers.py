"""One of two model servers dies, hangs, is slow or has other weights: nothing waits for it."""

from collections.abc import Iterator

import pytest

from tests.support import model_faults as p
from tests.support import proxy as proxies
from tests.support.load import texts
from tests.support.processes import eventually
from tests.support.proxy import Fault, Proxy
from tests.support.system import System
from tests.support.system_fixtures import StartSystem

FAULTS: dict[str, Fault] = {
    "hangs": p.hang,
    "resets": p.reset,
    "broken": p.broken,
    "slow": p.slow(1),
    "lacks_the_model": p.missing,
    "has_other_weights": p.other_weights,
}


@pytest.fixture
def second(ollama_url: str) -> Iterator[Proxy]:
    with proxies.running(ollama_url) as second:
        yield second


@pytest.fixture
def two(start_system: StartSystem, proxy: Proxy, second: Proxy) -> System:
    """A system with two model servers, of which the second is healthy."""
    return start_system(env={"OLLAMA_HOSTS": f"{proxy.url},{second.url}"})


@pytest.mark.parametrize("fault", [*FAULTS, "dead"])
def test_documents_and_searches_go_on(fault: str, two: System, proxy: Proxy, second: Proxy) -> None:
    two.put_all(texts("before", 4))
    two.settle()
    if fault == "dead":
        proxy.refuse()
    else:
        proxy.fault = FAULTS[fault]
    second.forget()
    two.put_all(texts("during", 40))
    two.settle()
    two.assert_invariants()
    assert second.requests["/api/embed"] > 0
    eventually(
        lambda: not two.search("which server answers?")["degraded"], "a search by meaning", 15
    )
    assert two.parts()["worker"]["ok"]
    proxy.heal()
    two.put_all(texts("after", 4))
    two.settle()
    two.assert_invariants()


def test_a_server_with_other_weights_makes_no_vector(
    two: System, proxy: Proxy, second: Proxy
) -> None:
    two.put_all(texts("before", 4))
    two.settle()
    proxy.fault = p.other_weights
    second.refuse()
    two.put_all(texts("during", 10))
    two.until_paused()
    assert two.database.pending() == 10
    proxy.heal()
    two.settle()
    two.assert_invariants()
