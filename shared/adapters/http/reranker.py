"""A reranker over HTTP: llama.cpp, vLLM, Text Embeddings Inference, Jina or Cohere."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import structlog
from pydantic import AliasChoices, BaseModel, Field, TypeAdapter

from shared.adapters.http.bounded_transport import AsyncBoundedTransport
from shared.config import Settings
from shared.domain.model_errors import RerankerUnavailable
from shared.domain.reasons import RerankFailure

log = structlog.get_logger()


class _Score(BaseModel):
    index: int
    score: float = Field(validation_alias=AliasChoices("relevance_score", "score"))


class _Results(BaseModel):
    results: list[_Score]


_ANSWER: TypeAdapter[_Results | list[_Score]] = TypeAdapter(_Results | list[_Score])

Body = Mapping[str, Any]
Shape = Callable[[str, str, Sequence[str]], Body]
"""Makes the body of a request from a model, a query and texts."""


def _documents(model: str, query: str, texts: Sequence[str]) -> Body:
    """Return the request that all servers but one understand."""
    return _named(model) | {"query": query, "documents": list(texts)}


def _texts(model: str, query: str, texts: Sequence[str]) -> Body:
    """Return the request of Text Embeddings Inference, which refuses long texts unless it cuts."""
    return _named(model) | {"query": query, "texts": list(texts), "truncate": True}


def _named(model: str) -> dict[str, Any]:
    """Return the model's name. vLLM refuses an empty one, and serves its only model without."""
    return {"model": model} if model else {}


class HttpReranker:
    """Implements `shared.ports.reranker.Reranker`."""

    hits_max = 20
    batch_max = 20

    def __init__(self, settings: Settings) -> None:
        self._url = settings.rerank_url
        self._model = settings.rerank_model
        self._shape: Shape = _documents
        key = settings.rerank_api_key.get_secret_value()
        self._client = httpx.AsyncClient(
            transport=AsyncBoundedTransport(settings.rerank_seconds),
            timeout=settings.rerank_seconds,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            trust_env=False,
        )

    async def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        try:
            answer = await self._ask(query, texts)
            answer.raise_for_status()
            return _scores(answer.content, len(texts))
        except httpx.TimeoutException as error:
            raise RerankerUnavailable(RerankFailure.TIMEOUT) from error
        except httpx.HTTPStatusError as error:
            log.warning("rerank.failed", status=error.response.status_code)
            raise RerankerUnavailable(RerankFailure.SERVER_ERROR) from error
        except httpx.HTTPError as error:
            raise RerankerUnavailable(RerankFailure.UNREACHABLE) from error
        except ValueError as error:
            raise RerankerUnavailable(RerankFailure.BAD_ANSWER) from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, query: str, texts: Sequence[str]) -> httpx.Response:
        """Ask in the shape that worked last. A 422 may mean that the server knows the other."""
        answer = await self._post(self._shape, query, texts)
        if answer.status_code != 422:
            return answer
        other = _texts if self._shape is _documents else _documents
        answer = await self._post(other, query, texts)
        if answer.is_success:
            self._shape = other
        return answer

    async def _post(self, shape: Shape, query: str, texts: Sequence[str]) -> httpx.Response:
        return await self._client.post(self._url, json=shape(self._model, query, texts))


def _scores(content: bytes, number: int) -> list[float]:
    """Return the scores in the order of the texts; raises ValueError."""
    answer = _ANSWER.validate_json(content)
    results = answer.results if isinstance(answer, _Results) else answer
    by_index = {each.index: each.score for each in results if math.isfinite(each.score)}
    if len(results) != number or by_index.keys() != set(range(number)):
        raise ValueError("there must be one score for each text")
    return [by_index[index] for index in range(number)]
