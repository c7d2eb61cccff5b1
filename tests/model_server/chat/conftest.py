from collections.abc import Iterator

import httpx
import pytest

from local.model_server.smollm2 import weights
from tests.model_server.chat.client import Chat
from tests.support.model_server import Server


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    if reason := weights.why_missing():
        pytest.skip(reason)


@pytest.fixture
def chat(server: Server) -> Iterator[Chat]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield Chat(client)
