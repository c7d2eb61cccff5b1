from collections.abc import Iterator
from datetime import datetime

import ollama
import pytest

from tests.support.model_server import Server


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[ollama.Client]:
    with ollama.Client(host=server.url) as client:
        yield client


def test_embed(client: ollama.Client) -> None:
    answer = client.embed(model="all-minilm", input=["ink", "paper"], dimensions=128)
    assert [len(vector) for vector in answer.embeddings] == [128, 128]
    assert answer.prompt_eval_count == 6
    assert answer.total_duration is not None


def test_embed_nothing(client: ollama.Client) -> None:
    answer = client.embed(model="all-minilm", input=[])
    assert answer.embeddings == []
    assert answer.total_duration is None


def test_an_unknown_model(client: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError, match="try pulling it first") as caught:
        client.embed(model="unknown", input="ink")
    assert caught.value.status_code == 404


def test_too_long(client: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError) as caught:
        client.embed(model="all-minilm", input="ink " * 300, truncate=False)
    assert caught.value.status_code == 400
    assert caught.value.error == "the input length exceeds the context length"


def test_list(client: ollama.Client) -> None:
    model, other, *_ = client.list().models
    assert other.model == "wordllama:latest"
    assert model.model == "all-minilm:latest"
    assert isinstance(model.modified_at, datetime)
    assert model.details is not None
    assert model.details.parameter_size == "23M"


def test_show(client: ollama.Client) -> None:
    shown = client.show("all-minilm")
    assert shown.capabilities == ["embedding"]
    assert shown.modelinfo is not None
    assert shown.modelinfo["bert.embedding_length"] == 384


def test_ps(client: ollama.Client) -> None:
    model, other, *_ = client.ps().models
    assert (model.context_length, other.context_length) == (256, 4096)
    assert isinstance(model.expires_at, datetime)
