"""Which model the demo changes to. `tests/acceptance/test_demo.py` runs the change itself."""

from typing import cast

import pytest

from local.demo import model_change
from local.demo.client import Client
from local.servers import probes
from local.stack.addresses import Addresses

pytestmark = pytest.mark.anyio


class FakeClient:
    """A client of an API without requests."""

    async def active_model(self) -> str:
        return "all-minilm"


class FakeAddresses:
    """Addresses of a stack that does not run."""

    ollama_host = "http://127.0.0.1:9"


@pytest.mark.parametrize("served", [None, frozenset(), frozenset({"all-minilm:latest", "gemma"})])
async def test_no_change_without_a_second_model(
    served: frozenset[str] | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(probes, "served_models", lambda _: served)
    client, addresses = cast("Client", FakeClient()), cast("Addresses", FakeAddresses())
    assert await model_change.change_model(client, addresses, [])
    assert capsys.readouterr().out.count("no second model") == 1
