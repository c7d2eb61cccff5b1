"""The API's client with a server that rejects every request."""

import pytest

from shared.adapters.ollama.query_embedder import OllamaQueryEmbedder
from shared.config import Settings
from shared.domain.errors import ModelUnavailable
from tests.support import model_faults
from tests.support.proxy import Proxy

pytestmark = pytest.mark.anyio


async def test_a_server_that_does_not_list_its_models_is_unavailable(
    settings: Settings, proxy: Proxy
) -> None:
    proxy.fault = model_faults.rejecting
    embedder = OllamaQueryEmbedder(settings.model_copy(update={"ollama_query_host": proxy.url}))
    with pytest.raises(ModelUnavailable, match="Is it Ollama"):
        await embedder.digest("all-minilm")
    await embedder.close()
