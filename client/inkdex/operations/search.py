"""Search, similar documents, and the vectors of texts."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from inkdex.core.requests import given, in_query
from inkdex.core.steps import Call
from inkdex.models.search import Embeddings, SearchResult, ServedModels, SimilarResult

Mode = Literal["hybrid", "semantic", "text"]


def search(  # noqa: PLR0913
    q: str,
    *,
    collection: str | None = None,
    mode: Mode | None = None,
    limit: int | None = None,
    offset: int | None = None,
    filter: Mapping[str, Any] | None = None,  # noqa: A002
    refine: bool | None = None,
    min_similarity: float | None = None,
    facets: Sequence[str] | None = None,
    group_by: Literal["text"] | None = None,
    rerank: bool | None = None,
    cursor: str | None = None,
) -> Call[SearchResult]:
    """Find documents by meaning and by words."""
    body = given(
        q=q,
        collection=collection,
        mode=mode,
        limit=limit,
        offset=offset,
        filter=filter,
        refine=refine,
        min_similarity=min_similarity,
        facets=facets,
        group_by=group_by,
        rerank=rerank,
        cursor=cursor,
    )
    return Call("POST", "/v1/search", SearchResult.read, json=body, repeatable=True)


def similar(
    id: str,  # noqa: A002
    *,
    collection: str | None = None,
    target: str | None = None,
    limit: int | None = None,
    offset: int | None = None,
    filter: Mapping[str, Any] | None = None,  # noqa: A002
) -> Call[SimilarResult]:
    """Find the documents most similar to one, in its collection or in `target`."""
    params = in_query(
        collection=collection, target=target, limit=limit, offset=offset, filter=filter
    )
    path = "/v1/documents/{id}/similar"
    return Call("GET", path, SimilarResult.read, {"id": id}, params)


def embeddings(
    input: str | Sequence[str],  # noqa: A002
    *,
    model: str,
    encoding_format: Literal["float", "base64"] | None = None,
    dimensions: int | None = None,
    input_type: Literal["query", "document"] | None = None,
    user: str | None = None,
) -> Call[Embeddings]:
    """Return the vectors of texts."""
    body = given(
        input=input,
        model=model,
        encoding_format=encoding_format,
        dimensions=dimensions,
        input_type=input_type,
        user=user,
    )
    return Call("POST", "/v1/embeddings", Embeddings.read, json=body, repeatable=True)


def models() -> Call[ServedModels]:
    """Return the models, as OpenAI's API names them."""
    return Call("GET", "/v1/models", ServedModels.read)
