"""POST /v1/embeddings, by OpenAI's client and by plain HTTP."""

import struct
from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import openai
import pytest

from shared.domain.embedding.vectors import cosine_similarity
from shared.domain.models.text_embedding import TEXTS_MAX
from tests.support import loopback

URL = "/v1/embeddings"
MODEL = "all-minilm"
TEXTS = ["Ink dries in seconds.", "Paper is patient.", "Ünïcode, 漢字 and \U0001f58b"]


@pytest.fixture
def client_of_openai(api: str) -> Iterator[openai.OpenAI]:
    with (
        openai.DefaultHttpxClient(trust_env=False, verify=loopback.NO_CERTIFICATES) as connections,
        openai.OpenAI(base_url=f"{api}/v1", api_key="any", http_client=connections) as client,
    ):
        yield client


def post(client: httpx.Client, **body: Any) -> httpx.Response:  # noqa: ANN401
    return client.post(URL, json={"model": MODEL, **body})


def vectors(client: httpx.Client, **body: Any) -> list[Any]:  # noqa: ANN401
    answer = post(client, **body).raise_for_status().json()
    return [each["embedding"] for each in answer["data"]]


def assert_alike(some: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> None:
    for one, other in zip(some, others, strict=True):
        assert cosine_similarity(one, other) == pytest.approx(1, abs=1e-5)


def test_the_client_of_openai_embeds_texts(
    client_of_openai: openai.OpenAI, client: httpx.Client
) -> None:
    answer = client_of_openai.embeddings.create(model=MODEL, input=TEXTS)
    assert [each.index for each in answer.data] == [0, 1, 2]
    assert answer.model == MODEL
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > len(TEXTS)
    assert_alike([each.embedding for each in answer.data], vectors(client, input=TEXTS))


def test_the_client_of_openai_learns_what_is_wrong(client_of_openai: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="gpt-embed") as missing:
        client_of_openai.embeddings.create(model="gpt-embed", input="text")
    assert (missing.value.code, missing.value.type) == ("model_not_found", "invalid_request_error")
    with pytest.raises(openai.UnprocessableEntityError, match="check_embedding_ctx_length"):
        client_of_openai.embeddings.create(model=MODEL, input=[[1, 2, 3]])
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        client_of_openai.embeddings.create(model=MODEL, input=["a", ""])
    assert refused.value.param == "input.1"


def test_an_error_is_a_problem_too(client: httpx.Client) -> None:
    answer = client.post(URL, content=b"{", headers={"Content-Type": "application/json"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:inkdex:invalid"
    assert answer.json()["error"]["message"] == answer.json()["detail"]
    assert "error" not in client.post("/v1/search", json={}).json()


def test_both_encodings_are_the_same_numbers(client: httpx.Client) -> None:
    (packed,) = vectors(client, input=TEXTS[0], encoding_format="base64", user="somebody")
    (numbers,) = vectors(client, input=TEXTS[0])
    assert list(struct.unpack(f"<{len(numbers)}f", b64decode(packed))) == pytest.approx(numbers)


def test_many_texts_keep_their_order(client: httpx.Client) -> None:
    texts = [f"Note {number} is about {TEXTS[number % 3]}" for number in range(100)]
    answer = post(client, input=texts)
    assert [each["index"] for each in answer.json()["data"]] == list(range(100))
    assert int(answer.headers["content-length"]) == len(answer.content)
    found = [each["embedding"] for each in answer.json()["data"]]
    assert_alike(found[:2] + found[-2:], vectors(client, input=texts[:2] + texts[-2:]))


def test_the_name_of_the_answer_is_that_of_the_request(client: httpx.Client) -> None:
    answer = client.post(URL, json={"model": "all-minilm:latest", "input": "text"})
    assert answer.json()["model"] == "all-minilm:latest"


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ({"input": [1, 2]}, ["input"], "Token ids"),
        ({"input": [[1, 2], [3]]}, ["input"], "Token ids"),
        ({"input": []}, ["input"], "empty"),
        ({"input": ""}, ["input"], "empty"),
        ({"input": ["a", ""]}, ["input", 1], "empty"),
        ({"input": None}, ["input"], "list of texts"),
        ({"input": ["a", None]}, ["input"], "list of texts"),
        ({"input": {}}, ["input"], "list of texts"),
        ({"input": ["a"] * (TEXTS_MAX + 1)}, ["input"], "2,048"),
        ({"input": ["a", "word " * 20_000]}, ["input", 1], "8,192 tokens"),
        ({"input": ["a", "word " * 2000, "b"]}, ["input", 1], "as long as this"),
        ({"input": "a", "dimensions": 100}, ["dimensions"], "384"),
        ({"input": "a", "dimensions": 0}, ["dimensions"], "at least 1"),
        ({"input": "a", "input_type": "passage"}, ["input_type"], "query"),
        ({"input": "a", "encoding_format": "hex"}, ["encoding_format"], "base64"),
        ({"input": "a", "encoding": "float"}, ["encoding"], "encoding_format"),
    ],
)
def test_what_is_wrong_is_named(
    client: httpx.Client, body: dict[str, Any], path: list[str | int], message: str
) -> None:
    answer = post(client, **body)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["path"] == path
    assert message in error["message"]


def test_an_unknown_model_is_a_404_that_names_the_known_ones(client: httpx.Client) -> None:
    answer = client.post(URL, json={"model": "text-embedding-3-small", "input": "text"})
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:inkdex:model-not-found"
    assert "'all-minilm'" in answer.json()["detail"]


def test_a_body_over_the_limit_is_a_413(client: httpx.Client) -> None:
    assert post(client, input=["a" * 30_000] * 80).status_code == 413
