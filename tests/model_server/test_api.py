import json
from typing import Any

import httpx
import numpy as np
import pytest

from local.model_server.all_minilm import weights
from local.model_server.all_minilm.encoder import MiniLmEncoder
from local.model_server.middleware import is_loopback
from local.model_server.word_llama import weights as word_llama_weights
from local.model_server.word_llama.encoder import WordLlamaEncoder

MODEL = "all-minilm"


def embed(http: httpx.Client, **fields: object) -> httpx.Response:
    return http.post("/api/embed", json={"model": MODEL, **fields})


def error(response: httpx.Response) -> str:
    message: str = response.json()["error"]
    return message


class TestEmbed:
    def test_a_list(self, http: httpx.Client, encoder: MiniLmEncoder) -> None:
        texts = ["why is the sky blue?", "why is the grass green?"]
        answer = embed(http, input=texts).raise_for_status().json()
        assert list(answer) == [
            *("model", "embeddings", "total_duration", "load_duration", "prompt_eval_count")
        ]
        assert answer["model"] == MODEL
        assert answer["prompt_eval_count"] == 16
        assert answer["total_duration"] > answer["load_duration"] > 0
        np.testing.assert_allclose(answer["embeddings"], encoder.encode(texts), atol=1e-6)

    def test_a_string(self, http: httpx.Client) -> None:
        (one,) = embed(http, input="ink").json()["embeddings"]
        (listed,) = embed(http, input=["ink"]).json()["embeddings"]
        assert one == listed

    @pytest.mark.parametrize("fields", [{"input": []}, {"input": ""}, {"input": None}, {}])
    def test_nothing(self, http: httpx.Client, fields: dict[str, object]) -> None:
        response = embed(http, **fields)
        assert response.status_code == 200
        assert response.json() == {"model": MODEL, "embeddings": []}

    def test_an_empty_text_in_a_list_has_a_vector(self, http: httpx.Client) -> None:
        (vector,) = embed(http, input=[""]).json()["embeddings"]
        assert np.linalg.norm(vector) == pytest.approx(1)

    def test_many_keep_their_order(self, http: httpx.Client, encoder: MiniLmEncoder) -> None:
        texts = ["ink " * (n * 5 % 12) + str(n) for n in range(20)]
        vectors = embed(http, input=texts).json()["embeddings"]
        np.testing.assert_allclose(vectors, encoder.encode(texts), atol=1e-6)

    @pytest.mark.parametrize(
        ("asked", "got"), [(64, 64), (1, 1), (384, 384), (999, 384), (-1, 384)]
    )
    def test_dimensions(self, http: httpx.Client, asked: int, got: int) -> None:
        (whole,) = embed(http, input="ink").json()["embeddings"]
        (vector,) = embed(http, input="ink", dimensions=asked).json()["embeddings"]
        head = np.array(whole[:got])
        np.testing.assert_allclose(vector, head / np.linalg.norm(head), atol=1e-6)

    @pytest.mark.parametrize("fields", [{}, {"truncate": True}, {"truncate": None}])
    def test_a_long_text_is_cut(self, http: httpx.Client, fields: dict[str, object]) -> None:
        answer = embed(http, input="ink " * 300, **fields).json()
        assert answer["prompt_eval_count"] == 256
        (exact,) = embed(http, input="ink " * 254).json()["embeddings"]
        np.testing.assert_allclose(answer["embeddings"][0], exact, atol=1e-6)

    def test_a_long_text_fails_its_batch_if_it_may_not_be_cut(self, http: httpx.Client) -> None:
        response = embed(http, input=["short", "ink " * 255], truncate=False)
        assert response.status_code == 400
        assert error(response) == "the input length exceeds the context length"

    def test_a_text_that_just_fits_need_not_be_cut(self, http: httpx.Client) -> None:
        assert embed(http, input="ink " * 254, truncate=False).status_code == 200

    @pytest.mark.parametrize("keep_alive", [-1, 0, 300, "5m", "1h30m", "-1s", None])
    def test_options_and_keep_alive_are_accepted(
        self, http: httpx.Client, keep_alive: object
    ) -> None:
        response = embed(http, input="ink", options={"num_ctx": 256}, keep_alive=keep_alive)
        assert response.status_code == 200

    @pytest.mark.parametrize("model", ["all-minilm:latest", "all-minilm:22m", "ALL-minilm:L6-v2"])
    def test_other_names(self, http: httpx.Client, model: str) -> None:
        assert embed(http, model=model, input="ink").json()["model"] == model

    @pytest.mark.parametrize("text", ["\ud800", "a\x00b", "\ufffe", "\u202e", "🦜" * 10])
    def test_odd_characters(self, http: httpx.Client, text: str) -> None:
        body = json.dumps({"model": MODEL, "input": text})
        response = http.post("/api/embed", content=body)
        assert response.status_code == 200
        assert len(response.json()["embeddings"]) == 1

    def test_invalid_utf8(self, http: httpx.Client) -> None:
        response = http.post("/api/embed", content=b'{"model":"all-minilm","input":"\xff\xfe"}')
        assert response.status_code == 200

    def test_bytes_after_the_object_are_ignored(self, http: httpx.Client) -> None:
        response = http.post("/api/embed", content=b' {"model":"all-minilm"} {"model":3}')
        assert response.json() == {"model": MODEL, "embeddings": []}


class TestRefusals:
    @pytest.mark.parametrize("value", [3, True, {}, ["ink", 3], [["ink"]], [None]])
    def test_an_input_of_another_type(self, http: httpx.Client, value: object) -> None:
        response = embed(http, input=value)
        assert response.status_code == 400
        assert error(response) == "invalid input type"

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"model": 3}, "number into Go struct field EmbedRequest.model of type string"),
            ({"truncate": "no"}, "string into Go struct field EmbedRequest.truncate of type bool"),
            (
                {"dimensions": 1.5},
                "number into Go struct field EmbedRequest.dimensions of type int",
            ),
            ({"dimensions": True}, "bool into Go struct field EmbedRequest.dimensions of type int"),
            ({"options": []}, "array into Go struct field EmbedRequest.options of type map"),
        ],
    )
    def test_a_field_of_another_type(
        self, http: httpx.Client, fields: dict[str, Any], message: str
    ) -> None:
        response = embed(http, **fields)
        assert response.status_code == 400
        assert error(response).startswith(f"json: cannot unmarshal {message}")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "missing request body"),
            (b" \n", "missing request body"),
            (b'{"model": "all-min', "unexpected EOF"),
            (b"{", "unexpected EOF"),
            (b"{model}", "invalid character 'm'"),
            (b'{"dimensions": NaN}', "invalid character 'N' looking for beginning of value"),
            (b"[]", "json: cannot unmarshal array into Go value of type api."),
            (b"[" * 100_000, "exceeded max depth"),
            (b'{"dimensions": ' + b"1" * 5000 + b"}", "Exceeds the limit"),
        ],
    )
    @pytest.mark.parametrize("path", ["/api/embed", "/api/show"])
    def test_a_body_that_is_not_an_object(
        self, http: httpx.Client, path: str, content: bytes, message: str
    ) -> None:
        response = http.post(path, content=content)
        assert response.status_code == 400
        assert error(response).startswith(message)

    @pytest.mark.parametrize(
        ("keep_alive", "message"),
        [("5 minutes", 'time: invalid duration "5 minutes"'), (True, "Unsupported type: 'bool'")],
    )
    def test_a_keep_alive_that_is_not_a_duration(
        self, http: httpx.Client, keep_alive: object, message: str
    ) -> None:
        response = embed(http, input="ink", keep_alive=keep_alive)
        assert response.status_code == 400
        assert error(response) == message

    @pytest.mark.parametrize(
        ("model", "status", "message"),
        [
            ("nomic-embed-text", 404, 'model "nomic-embed-text" not found, try pulling it first'),
            ("all-minilm:33m", 404, 'model "all-minilm:33m" not found, try pulling it first'),
            ("", 404, "model '' not found"),
            ("two words", 400, "invalid model name"),
            ('quo"te', 400, "invalid model name"),
        ],
    )
    def test_another_model(self, http: httpx.Client, model: str, status: int, message: str) -> None:
        response = embed(http, model=model, input="ink")
        assert response.status_code == status
        assert error(response) == message

    def test_no_model(self, http: httpx.Client) -> None:
        assert http.post("/api/embed", json={"input": "ink"}).status_code == 404
        response = http.post("/api/show", json={})
        assert (response.status_code, error(response)) == (400, "model is required")

    def test_an_unknown_path(self, http: httpx.Client) -> None:
        response = http.get("/api/nothing")
        assert (response.status_code, response.text) == (404, "404 page not found")

    def test_another_method(self, http: httpx.Client) -> None:
        response = http.get("/api/embed")
        assert (response.status_code, response.text) == (405, "405 method not allowed")

    def test_a_huge_body(self, http: httpx.Client) -> None:
        with pytest.raises(httpx.HTTPStatusError, match="413"):
            http.post("/api/embed", content=bytes(65 << 20)).raise_for_status()


class TestModel:
    def test_it_is_listed(self, http: httpx.Client) -> None:
        model, *_ = http.get("/api/tags").json()["models"]
        assert model["name"] == model["model"] == "all-minilm:latest"
        assert model["digest"] == weights.SHA256[weights.SAFETENSORS]
        assert model["size"] == 90_868_376
        assert model["details"] == {
            "parent_model": "",
            "format": "safetensors",
            "family": "bert",
            "families": ["bert"],
            "parameter_size": "23M",
            "quantization_level": "F32",
        }

    def test_it_stays_loaded(self, http: httpx.Client) -> None:
        model, *_ = http.get("/api/ps").json()["models"]
        assert model["name"] == "all-minilm:latest"
        assert model["context_length"] == 256
        assert model["expires_at"] > "2300"
        assert model["size_vram"] == 0

    @pytest.mark.parametrize("field", ["model", "name"])
    def test_it_is_shown(self, http: httpx.Client, field: str) -> None:
        shown = http.post("/api/show", json={field: "all-minilm"}).raise_for_status().json()
        assert shown["capabilities"] == ["embedding"]
        assert shown["parameters"] == "num_ctx                        256"
        assert shown["details"]["family"] == "bert"
        information = shown["model_info"]
        assert information["general.architecture"] == "bert"
        assert information["bert.context_length"] == 512
        assert information["bert.embedding_length"] == 384
        assert information["bert.block_count"] == 6

    @pytest.mark.parametrize(
        ("model", "tagged"), [("x", "x:latest"), ("x:1", "x:1"), ("a:1/b/x", "a:1/b/x:latest")]
    )
    def test_another_is_not_shown(self, http: httpx.Client, model: str, tagged: str) -> None:
        response = http.post("/api/show", json={"model": model})
        assert (response.status_code, error(response)) == (404, f"model '{tagged}' not found")


class TestSecondModel:
    @pytest.mark.parametrize("name", ["wordllama", "wordllama:latest", "WordLlama:256"])
    def test_its_names(self, http: httpx.Client, word_llama: WordLlamaEncoder, name: str) -> None:
        answer = embed(http, model=name, input=["ink", "paper"]).raise_for_status().json()
        assert answer["model"] == name
        assert answer["prompt_eval_count"] == 3
        expected = word_llama.encode(["ink", "paper"])
        np.testing.assert_allclose(answer["embeddings"], expected, atol=1e-6)

    @pytest.mark.parametrize(("asked", "got"), [(64, 64), (256, 256), (384, 256), (0, 256)])
    def test_dimensions(self, http: httpx.Client, asked: int, got: int) -> None:
        answer = embed(http, model="wordllama", input="ink", dimensions=asked).json()
        (vector,) = answer["embeddings"]
        assert len(vector) == got
        assert np.linalg.norm(vector) == pytest.approx(1)

    def test_an_empty_text_in_a_list_has_a_vector(self, http: httpx.Client) -> None:
        (vector,) = embed(http, model="wordllama", input=[""]).json()["embeddings"]
        assert np.linalg.norm(vector) == pytest.approx(1)

    def test_a_text_over_its_own_context_is_rejected(self, http: httpx.Client) -> None:
        fields = {"model": "wordllama", "truncate": False}
        assert embed(http, **fields, input="ink " * 1000).status_code == 200
        response = embed(http, **fields, input="ink " * 5000)
        assert response.status_code == 400
        assert error(response) == "the input length exceeds the context length"

    @pytest.mark.parametrize("path", ["/api/tags", "/api/ps"])
    def test_it_is_listed(self, http: httpx.Client, path: str) -> None:
        _, model, *_ = http.get(path).json()["models"]
        assert model["name"] == model["model"] == "wordllama:latest"
        assert model["digest"] == word_llama_weights.SHA256[word_llama_weights.SAFETENSORS]
        assert model["size"] == 16_384_096
        assert model["details"]["quantization_level"] == "F16"

    def test_it_is_shown(self, http: httpx.Client) -> None:
        body = {"model": "wordllama:256", "verbose": True}
        shown = http.post("/api/show", json=body).raise_for_status().json()
        assert shown["capabilities"] == ["embedding"]
        assert shown["parameters"] == "num_ctx                        4096"
        information = shown["model_info"]
        assert information["wordllama.embedding_length"] == 256
        assert information["tokenizer.ggml.model"] == "llama"
        assert information["tokenizer.ggml.tokens"][:3] == ["<unk>", "<s>", "</s>"]
        assert len(information["tokenizer.ggml.tokens"]) == 32_000


class TestServer:
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_the_root_answers_that_it_runs(self, http: httpx.Client, method: str) -> None:
        response = http.request(method, "/")
        assert response.status_code == 200
        assert response.text == ("Ollama is running" if method == "GET" else "")

    def test_it_can_be_distinguished_from_ollama(self, http: httpx.Client) -> None:
        response = http.get("/api/version")
        assert response.json() == {"version": "0.32.0-inkdex"}
        assert response.headers.get_list("server") == ["inkdex-local-model"]

    @pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
    def test_a_page_of_another_site_is_refused(
        self, http: httpx.Client, headers: dict[str, str]
    ) -> None:
        assert http.get("/api/tags", headers=headers).status_code == 403

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example"])
    def test_a_foreign_host_name_is_refused(self, http: httpx.Client, host: str) -> None:
        response = http.get("/api/tags", headers={"Host": host})
        assert (response.status_code, response.content) == (403, b"")

    @pytest.mark.parametrize(
        "host",
        [
            *("localhost", "LOCALHOST:11434", "127.0.0.1:80", "127.8.9.10", "[::1]", "[::1]:80"),
            *("model.localhost:80", "box.local", "svc.internal", "192.168.1.2", "0.0.0.0:80"),
        ],
    )
    def test_a_local_host_name_is_served(self, http: httpx.Client, host: str) -> None:
        assert http.get("/api/tags", headers={"Host": host}).status_code == 200

    def test_only_loopback_addresses_are_loopback(self) -> None:
        assert is_loopback("localhost")
        assert is_loopback("::1")
        assert not is_loopback("0.0.0.0")  # noqa: S104
        assert not is_loopback("example.com")
