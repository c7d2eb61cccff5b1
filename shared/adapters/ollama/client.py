"""Ollama's client and the options that the worker and the API share."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import httpx
import ollama
import pydantic

from shared.domain.embedding.vectors import Embeddings, Vector
from shared.domain.model_errors import ModelUnavailable
from shared.domain.reasons import UnavailableReason

CONNECT_TIMEOUT_SECONDS = 2.0

_NANOSECOND = 1e-9

_Answer = TypeVar("_Answer", bound=pydantic.BaseModel)


class Client(ollama.Client):
    """Ollama's client, with a parser that reads vectors four times as fast."""

    def _request(  # type: ignore[override] # Inkdex never streams
        self,
        kind: type[_Answer],
        *args: Any,  # noqa: ANN401 - as in Ollama's client
        **kwargs: Any,  # noqa: ANN401
    ) -> _Answer:
        raw = self._request_raw(*args, **kwargs)  # type: ignore[no-untyped-call]
        return kind.model_validate_json(raw.content)

    def show_all(self, model: str) -> ollama.ShowResponse:
        """Return a model's description with its vocabulary, which `show` omits."""
        body = {"model": model, "verbose": True}
        return self._request(ollama.ShowResponse, "POST", "/api/show", json=body)


class AsyncClient(ollama.AsyncClient):
    """Ollama's asynchronous client, with the same parser."""

    async def _request(  # type: ignore[override] # Inkdex never streams
        self,
        kind: type[_Answer],
        *args: Any,  # noqa: ANN401 - as in Ollama's client
        stream: bool = False,  # noqa: ARG002 - as in Ollama's client
        **kwargs: Any,  # noqa: ANN401
    ) -> _Answer:
        raw = await self._request_raw(*args, **kwargs)  # type: ignore[no-untyped-call]
        return kind.model_validate_json(raw.content)

    def stream(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> AbstractAsyncContextManager[httpx.Response]:
        """Send a request whose answer is read piece by piece."""
        client: httpx.AsyncClient = self._client
        return client.stream(method, path, json=body)


def client_options(timeout_seconds: float) -> dict[str, Any]:
    """Return the arguments of every client. The timeout is for each step of a call."""
    # trust_env=False: the model server is local or private, so a proxy for the web is wrong.
    timeout = httpx.Timeout(timeout_seconds, connect=CONNECT_TIMEOUT_SECONDS)
    return {"timeout": timeout, "trust_env": False}


def embeddings(answer: ollama.EmbedResponse, texts: Sequence[str]) -> Embeddings:
    """Return the server's answer; raises ModelUnavailable if it is not one vector per text."""
    return Embeddings(
        checked_vectors(answer.embeddings, texts),
        load_seconds=(answer.load_duration or 0) * _NANOSECOND,
        total_seconds=(answer.total_duration or 0) * _NANOSECOND,
        tokens=answer.prompt_eval_count or 0,
    )


def checked_vectors(vectors: Sequence[Vector], texts: Sequence[str]) -> Sequence[Vector]:
    """Return the vectors if there is one per text; raises ModelUnavailable."""
    if len(vectors) != len(texts):
        raise ModelUnavailable(
            UnavailableReason.BAD_ANSWER,
            f"Ollama returned {len(vectors)} vectors for {len(texts)} texts.",
        )
    return vectors
