"""What makes vectors comparable: the model, and the words before documents and queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.models.known_models import known_model

BY_NAME, NO_PREFIX = "auto", "none"
"""The settings' words for what the model is known to want, and for nothing."""


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
    """What a server reports about a model. None is unknown.

    The vocabulary is that of WordPiece. It is empty for another tokenizer.
    """

    context_tokens: int | None = None
    vocabulary: Sequence[str] = ()
    dimensions: int | None = None


def identify(
    name: str,
    document_prefix: str,
    query_prefix: str,
    dimensions: int | None = None,
    chunk_tokens: int | None = None,
) -> ModelIdentity:
    """Return a model's identity: prefixes as set, else as the model is known to want them."""
    known = known_model(name)
    return ModelIdentity(
        name,
        _chosen(document_prefix, known.document_prefix if known else ""),
        _chosen(query_prefix, known.query_prefix if known else ""),
        dimensions,
        chunk_tokens,
    )


def _chosen(setting: str, known: str) -> str:
    return {BY_NAME: known, NO_PREFIX: ""}.get(setting, setting)
