import httpx
import ollama
import pytest

from shared.adapters.ollama.failures import translate
from shared.domain.errors import InkdexError
from shared.domain.model_errors import ModelUnavailable, TextRejected

SERVERS_OWN_TROUBLE = (
    "unexpected server status: llm server loading model",
    "server not responding",
    "no slots available after 10 retries",
    "llama-server error: 500",
    "tokenize error: Post http://127.0.0.1:1/tokenize: context canceled",
    'do embedding request: Post "http://127.0.0.1:1/embedding": dial tcp: connection refused',
    "model runner has unexpectedly stopped: exit status 2",
    "CUDA error: out of memory",
    "Timed out waiting for llama runner to start",
)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionError("no"), "unreachable"),
        (httpx.ConnectError("no"), "unreachable"),
        (httpx.RemoteProtocolError("broke off"), "unreachable"),
        (httpx.ReadError("reset"), "unreachable"),
        (httpx.ReadTimeout("slow"), "timeout"),
        (ollama.ResponseError("server busy", 503), "busy"),
        (ollama.ResponseError("oops", 500), "server_error"),
        (ollama.ResponseError("", 403), "server_error"),
        (ollama.ResponseError("do embedding request: Post ...: EOF", 400), "server_error"),
        (ollama.ResponseError("llama-server process no longer running", 400), "server_error"),
        *((ollama.ResponseError(text, 400), "server_error") for text in SERVERS_OWN_TROUBLE),
        (ollama.ResponseError('model "m" not found, try pulling it first', 404), "model_missing"),
        (
            ollama.ResponseError("this model does not support embeddings", 501),
            "wrong_kind_of_model",
        ),
        (ValueError("not json"), "bad_answer"),
    ],
)
def test_these_errors_are_the_servers_fault(error: Exception, reason: str) -> None:
    translated = translate(error, "m")
    assert isinstance(translated, ModelUnavailable)
    assert translated.reason == reason
    assert translated.message


def test_these_errors_are_the_texts_fault() -> None:
    def code(detail: str) -> str:
        translated: InkdexError = translate(ollama.ResponseError(detail, 400), "m")
        assert isinstance(translated, TextRejected)
        return translated.code

    assert code("the input length exceeds the context length") == "too_long"
    assert code("invalid input type") == "rejected_by_model"
