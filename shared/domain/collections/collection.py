"""A collection as lists show it, and what can be asked for one."""

from dataclasses import dataclass
from typing import TypedDict

from shared.domain.models.embedding_model import CollectionModels

DESCRIPTION_MAX_CHARACTERS = 2000
RENAMED_MAX = 50_000
"""A rename is one transaction. A larger collection is exported and imported instead."""


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """How many documents a collection has, by their status under its active model."""

    total: int
    pending: int
    ready: int
    failed: int


class SettingsChange(TypedDict, total=False):
    """What is to be said of a collection. What is not there stays, and None removes it."""

    description: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Described:
    """What was said of a collection. `language` is the name of a stemmer."""

    description: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionState:
    """A collection. Its documents are not counted for a caller who may not see all of them."""

    models: CollectionModels
    described: Described
    documents: DocumentCounts | None


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """A page of collections by name, and the name after which the next page starts."""

    collections: list[CollectionState]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model and the size of chunks that a collection is to have. None leaves it as it is."""

    model: str | None
    chunk_tokens: int | None
