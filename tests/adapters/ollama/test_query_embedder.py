"""The API's client with a server that does not answer as Ollama does."""

import pytest

from shared.adapters.ollama.query_embedder import OllamaQueryEmbedder
from shared.config import Settings
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.reasons import RejectionCode, UnavailableReason
from tests.support import chat_answers, model_faults, rerank_server
from tests.support.proxy import Proxy

pytestmark = pytest.mark.anyio


async def test_a_server_that_does_not_list_its_models_is_unavailable(
    settings: Settings, proxy: Proxy
) -> None:
    proxy.fault = model_faults.rejecting
    embedder = OllamaQueryEmbedder(settings, proxy.url)
    with pytest.raises(ModelUnavailable, match="Is it Ollama"):
        await embedder.digest("all-minilm")
    await embedder.close()


async def test_a_list_in_place_of_an_answer_is_bad(settings: Settings) -> None:
    with rerank_server.running() as server:
        server.behave = lambda _: (200, [])
        host = chat_answers.host(server)
        embedder = OllamaQueryEmbedder(settings, host)
        with pytest.raises(ModelUnavailable) as raised:
            await embedder.embed_query("all-minilm", "ink")
        await embedder.close()
    assert raised.value.reason is UnavailableReason.BAD_ANSWER


async def test_a_query_is_cut_as_asked(settings: Settings) -> None:
    embedder = OllamaQueryEmbedder(settings, settings.ollama_query_host)
    assert len(await embedder.embed_query("wordllama", "ink")) == 256
    assert len(await embedder.embed_query("wordllama", "ink", 128)) == 128
    await embedder.close()


async def test_texts_are_cut_to_dimensions_and_never_in_themselves(settings: Settings) -> None:
    embedder = OllamaQueryEmbedder(settings, settings.ollama_query_host)
    answer = await embedder.embed("wordllama", ["ink", "paper"], 128)
    assert [len(vector) for vector in answer.vectors] == [128, 128]
    assert answer.tokens >= 2
    with pytest.raises(TextRejected) as raised:
        await embedder.embed("all-minilm", ["ink", "word " * 1000])
    assert raised.value.code is RejectionCode.TOO_LONG
    await embedder.close()


async def test_an_answer_without_a_vector_for_each_text_is_bad(
    settings: Settings, proxy: Proxy
) -> None:
    proxy.fault = model_faults.only_embed(model_faults.fewer)
    embedder = OllamaQueryEmbedder(settings, proxy.url)
    with pytest.raises(ModelUnavailable) as raised:
        await embedder.embed("all-minilm", ["ink", "paper"])
    assert raised.value.reason is UnavailableReason.BAD_ANSWER
    await embedder.close()
