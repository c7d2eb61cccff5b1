"""Ollama's client, with the options that every use shares."""

from collections.abc import Sequence
from typing import Any, TypeVar

import httpx
import ollama
import pydantic

from shared.domain.embedding.vectors import Vector
from shared.domain.errors import ModelUnavailable, UnavailableReason

CONNECT_TIMEOUT_SECONDS = 2.0


_Answer = TypeVar("_Answer", bound=pydantic.BaseModel)


class Client(ollama.Client):
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


def client_options(timeout_seconds: float) -> dict[str, Any]:
    # The model server is local or a private host: a proxy meant for the web must not catch it.
    timeout = httpx.Timeout(timeout_seconds, connect=CONNECT_TIMEOUT_SECONDS)
    return {"timeout": timeout, "trust_env": False}


def one_vector_each(vectors: Sequence[Vector], texts: Sequence[str]) -> Sequence[Vector]:
    if len(vectors) != len(texts):
        raise ModelUnavailable(
            UnavailableReason.BAD_ANSWER,
            f"Ollama answered {len(vectors)} vectors to {len(texts)} texts.",
        )
    return vectors
