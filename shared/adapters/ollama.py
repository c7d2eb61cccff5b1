"""Ollama: embeddings, and what its many ways to fail mean."""

import re
import time
from collections.abc import Sequence
from typing import Any, TypeVar

import httpx
import ollama
import pydantic

from shared.adapters.bounded_http import AsyncBoundedTransport, BoundedTransport
from shared.config import Settings
from shared.domain.embedding_models import ModelCard
from shared.domain.errors import TOO_LONG, InkdexError, ModelUnavailable, TextRejected
from shared.domain.time_limit import TimeLimit
from shared.domain.vectors import Embeddings, Vector

CONNECT_TIMEOUT_SECONDS = 2.0
LIMITS = (5.0, 30.0)
"""Time limits of quicker servers than the setting allows for, in seconds."""
QUERY_TIMEOUT_SECONDS = 8.0
"""Long enough for a model to be loaded meanwhile."""

_RUNNER_DIED = ("EOF", "no longer running", "connection re", "forcibly closed", "broken pipe")
"""Parts of a 400's text which mean that the model's process died, not that a text is bad."""
_NUM_CTX = re.compile(r"^num_ctx\s+(\d+)", re.MULTILINE)
_LONGER_THAN_CONTEXT = "exceeds the context length"

_NANOSECOND = 1e-9

_Answer = TypeVar("_Answer", bound=pydantic.BaseModel)

_FAILURES = (
    ollama.ResponseError,
    ollama.RequestError,
    httpx.HTTPError,
    ConnectionError,
    pydantic.ValidationError,
    ValueError,
)


class OllamaEmbedder:
    """The worker's client: one a process for each time limit, for building one takes long."""

    def __init__(self, settings: Settings) -> None:
        longest = settings.embed_timeout_seconds
        self._limit = TimeLimit(tuple(sorted({min(each, longest) for each in (*LIMITS, longest)})))
        self._clients = {
            seconds: _Client(
                settings.ollama_host, transport=BoundedTransport(seconds), **_options(seconds)
            )
            for seconds in self._limit.limits
        }

    def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """Return a vector a text; see `shared.ports.Embedder`."""
        started = time.monotonic()
        try:
            answer = self._client.embed(model, list(texts), truncate=False)
        except _FAILURES as error:
            if isinstance(error, httpx.TimeoutException):
                self._limit.timed_out()
            raise translate(error, model) from error
        self._limit.succeeded(time.monotonic() - started)
        return Embeddings(
            _one_each(answer.embeddings, texts),
            load_seconds=(answer.load_duration or 0) * _NANOSECOND,
            total_seconds=(answer.total_duration or 0) * _NANOSECOND,
            tokens=answer.prompt_eval_count or 0,
        )

    def digest(self, model: str) -> str:
        """Return the digest that the server lists for the model."""
        try:
            listed = self._clients[self._limit.limits[0]].list().models
        except _FAILURES as error:
            raise _untold(error, model) from error
        return _digest_of(model, listed)

    def card(self, model: str) -> ModelCard:
        """Return the context that the server gives the model, and its vocabulary if WordPiece."""
        try:
            shown = self._clients[self._limit.limits[-1]].show_all(model)
        except _FAILURES as error:
            raise _untold(error, model) from error
        return ModelCard(_context_tokens(shown), _wordpiece_vocabulary(shown))

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()  # type: ignore[no-untyped-call]

    @property
    def _client(self) -> "_Client":
        return self._clients[self._limit.seconds]


class _Client(ollama.Client):
    """Ollama's client, with what it leaves out, and four times as fast in reading vectors."""

    def _request(  # type: ignore[override] # nothing of ours streams
        self,
        kind: type[_Answer],
        *args: Any,  # noqa: ANN401 - Ollama's signature
        **kwargs: Any,  # noqa: ANN401
    ) -> _Answer:
        raw = self._request_raw(*args, **kwargs)  # type: ignore[no-untyped-call]
        return kind.model_validate_json(raw.content)

    def show_all(self, model: str) -> ollama.ShowResponse:
        """Describe a model with its vocabulary."""
        body = {"model": model, "verbose": True}
        return self._request(ollama.ShowResponse, "POST", "/api/show", json=body)


class OllamaQueryEmbedder:
    """The API's client."""

    def __init__(self, settings: Settings) -> None:
        # Nobody waits for a query much longer than its budget, and a late one holds up the slot.
        seconds = max(QUERY_TIMEOUT_SECONDS, 2 * settings.query_embed_budget_seconds)
        self._client = ollama.AsyncClient(
            settings.ollama_query_host,
            transport=AsyncBoundedTransport(seconds),
            **_options(seconds),
        )

    async def embed_query(self, model: str, text: str) -> Vector:
        """Return the vector of a query."""
        try:
            answer = await self._client.embed(model, [text])
        except _FAILURES as error:
            raise translate(error, model) from error
        return _one_each(answer.embeddings, [text])[0]

    async def digest(self, model: str) -> str:
        """Return the digest that the server lists for the model."""
        try:
            listed = (await self._client.list()).models
        except _FAILURES as error:
            raise _untold(error, model) from error
        return _digest_of(model, listed)

    async def check(self) -> None:
        """Raise unless the server answers; which model it has is the worker's question."""
        try:
            await self._client.list()
        except _FAILURES as error:
            raise translate(error, "") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]


def same_model(a: str, b: str) -> bool:
    """Return whether two names mean one model: a missing tag means `latest`."""
    return _tagged(a) == _tagged(b)


def _tagged(name: str) -> str:
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"


def _digest_of(model: str, listed: Sequence[Any]) -> str:
    for entry in listed:
        if entry.model and entry.digest and same_model(entry.model, model):
            return str(entry.digest)
    raise _missing(model)


def _missing(model: str) -> ModelUnavailable:
    return ModelUnavailable(
        "model_missing", f"Ollama does not have the model {model!r}. Run: ollama pull {model}"
    )


def _options(timeout_seconds: float) -> dict[str, Any]:
    # The model server is local or a private host: a proxy meant for the web must not catch it.
    timeout = httpx.Timeout(timeout_seconds, connect=CONNECT_TIMEOUT_SECONDS)
    return {"timeout": timeout, "trust_env": False}


def _context_tokens(card: ollama.ShowResponse) -> int | None:
    if configured := _NUM_CTX.search(card.parameters or ""):
        return int(configured.group(1))
    made_for = [
        value
        for name, value in (card.modelinfo or {}).items()
        if name.endswith(".context_length") and isinstance(value, int)
    ]
    return min(made_for, default=None)


def _wordpiece_vocabulary(card: ollama.ShowResponse) -> Sequence[str]:
    told = card.modelinfo or {}
    tokens = told.get("tokenizer.ggml.tokens")
    if told.get("tokenizer.ggml.model") != "bert" or not isinstance(tokens, list):
        return ()
    return [token for token in tokens if isinstance(token, str)]


def _one_each(vectors: Sequence[Vector], texts: Sequence[str]) -> Sequence[Vector]:
    if len(vectors) != len(texts):
        raise ModelUnavailable(
            "bad_answer", f"Ollama answered {len(vectors)} vectors to {len(texts)} texts."
        )
    return vectors


def translate(error: Exception, model: str) -> InkdexError:
    """Return whose fault an error of the client is, in our words."""
    if isinstance(error, ollama.ResponseError):
        return _translate_status(error, model)
    if isinstance(error, httpx.TimeoutException):
        return ModelUnavailable("timeout", "Ollama did not answer within its time limit.")
    if isinstance(error, (httpx.HTTPError, ConnectionError)):
        return ModelUnavailable("unreachable", "Ollama can't be reached or broke the connection.")
    return ModelUnavailable("bad_answer", "Ollama sent an answer that is not an embedding.")


def _untold(error: Exception, model: str) -> ModelUnavailable:
    """Return why the server does not tell of its model; no text can be at fault."""
    told = translate(error, model)
    if isinstance(told, ModelUnavailable):
        return told
    return ModelUnavailable(
        "bad_answer", "What answers at OLLAMA_HOST refuses to tell of its models. Is it Ollama?"
    )


def _translate_status(error: ollama.ResponseError, model: str) -> InkdexError:
    said = error.error[:200]
    if error.status_code == 404:
        return _missing(model)
    if error.status_code == 501 or "does not support embeddings" in said:
        return ModelUnavailable(
            "wrong_kind_of_model", f"{model!r} is not an embedding model. Choose one that is."
        )
    if error.status_code in {429, 503}:
        return ModelUnavailable("busy", "Ollama is too busy to take another request.")
    if _LONGER_THAN_CONTEXT in said:
        return TextRejected(TOO_LONG, "The model can't read a text as long as this one.")
    if error.status_code == 400 and not any(sign in said for sign in _RUNNER_DIED):
        return TextRejected("rejected_by_model", f"The model can't embed this text: {said}.")
    return ModelUnavailable("server_error", f"Ollama failed with status {error.status_code}.")
