"""What embedding models ask for that no server tells: the words before documents and queries."""

from collections.abc import Sequence
from dataclasses import dataclass

BY_NAME, NO_PREFIX = "auto", "none"
"""The settings' words for what the model is known to want, and for nothing."""

_RETRIEVAL_SENTENCE = "Represent this sentence for searching relevant passages: "
_PREFIXES = {
    "nomic-embed-text": ("search_document: ", "search_query: "),
    "nomic-embed-text-v2-moe": ("search_document: ", "search_query: "),
    "mxbai-embed-large": ("", _RETRIEVAL_SENTENCE),
    "snowflake-arctic-embed": ("", _RETRIEVAL_SENTENCE),
    "snowflake-arctic-embed2": ("", "query: "),
    "bge-large": ("", _RETRIEVAL_SENTENCE),
    "embeddinggemma": ("title: none | text: ", "task: search result | query: "),
    "qwen3-embedding": (
        "",
        "Instruct: Given a web search query, retrieve passages that answer the query\nQuery:",
    ),
}
"""Prefixes of documents and of queries by the model's name, as the models' cards ask for them."""


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """A model and how texts are given to it. Vectors of different identities don't compare.

    `dimensions` are those that its vectors are cut to, None for whole ones. `chunk_tokens` is the
    size of chunks, None as long as it is not recorded.
    """

    name: str
    document_prefix: str = ""
    query_prefix: str = ""
    dimensions: int | None = None
    chunk_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a server tells of a model: the tokens it reads of a text, and its WordPiece vocabulary.

    The vocabulary is empty where the server does not tell it, or the tokenizer is another.
    """

    context_tokens: int | None = None
    vocabulary: Sequence[str] = ()


def identify(
    name: str,
    document_prefix: str,
    query_prefix: str,
    dimensions: int | None = None,
    chunk_tokens: int | None = None,
) -> ModelIdentity:
    """Return a model's identity: prefixes as set, else as the model is known to want them."""
    family = name.rsplit("/", 1)[-1].split(":", 1)[0]
    known_document, known_query = _PREFIXES.get(family, ("", ""))
    return ModelIdentity(
        name,
        _chosen(document_prefix, known_document),
        _chosen(query_prefix, known_query),
        dimensions,
        chunk_tokens,
    )


def _chosen(setting: str, known: str) -> str:
    return {BY_NAME: known, NO_PREFIX: ""}.get(setting, setting)
