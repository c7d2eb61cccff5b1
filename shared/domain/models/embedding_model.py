"""The active embedding model and the fingerprint that identifies it."""

from dataclasses import dataclass

from shared.domain.embedding.vectors import Vector, cosine_similarity
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.identity import ModelIdentity
from shared.domain.reasons import UnavailableReason


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """The active model; what only the model server can tell is None until it has answered."""

    id: int
    identity: ModelIdentity
    digest: str | None
    dimensions: int | None
    fingerprint: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A model as lists show it.

    `number` counts the models of the tenant; only it is shown, because ids count those of all.
    """

    id: int
    number: int
    name: str
    dimensions: int | None
    chunk_tokens: int | None
    document_prefix: str
    query_prefix: str


@dataclass(frozen=True, slots=True)
class CollectionModels:
    """A collection's models by their roles. `paused_reason` is about the active one."""

    name: str
    active: ModelSummary | None
    building: ModelSummary | None
    previous: ModelSummary | None
    paused_reason: str | None


FINGERPRINT_TEXT = "Documents are searchable as soon as the ink is dry."


REJECTS_EVERYTHING = (
    "The model server rejects even a harmless sentence. Check which server answers at "
    "OLLAMA_HOST, and that the document prefix is shorter than the model's context."
)
VERIFY_EVERY_SECONDS = 30.0
INDEXED_DIMENSIONS_MAX = 4000
"""The limit of pgvector's HNSW for halfvec. Longer vectors are compared one by one."""


def require_same(model: EmbeddingModel, similarity: float) -> None:
    """Raise ModelUnavailable unless two vectors of the fingerprint are as alike as one model's."""
    if similarity < SAME_MODEL_SIMILARITY:
        raise ModelUnavailable(
            UnavailableReason.MODEL_CHANGED,
            f"The model server's {model.identity.name!r} is another model than the one that "
            f"embedded these documents (similarity {similarity:.3f}). Serve the former one again.",
        )


SAME_MODEL_SIMILARITY = 0.999
"""Two vectors of one text at least this alike come from the same model: float noise and
16-bit weights stay above it, another model or another pooling falls far below."""


def is_same_model(one: Vector, other: Vector) -> bool:
    """Return whether two vectors of the fingerprint are as alike as one model's."""
    return len(one) == len(other) and cosine_similarity(one, other) >= SAME_MODEL_SIMILARITY
