from collections.abc import Iterator

import httpx
import pytest

from local.model_server.all_minilm.encoder import MiniLmEncoder
from local.model_server.word_llama.encoder import WordLlamaEncoder
from tests.support.model_server import Server, running_server


@pytest.fixture(scope="session")
def encoder() -> MiniLmEncoder:
    return MiniLmEncoder()


@pytest.fixture(scope="session")
def word_llama() -> WordLlamaEncoder:
    return WordLlamaEncoder()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("model-server")) as started:
        yield started


@pytest.fixture(scope="session")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client
