"""Texts that an application wants embedded: what is asked for, and its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.errors import FieldError, InvalidInput
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.known_models import check_cut

TEXTS_MAX = 2048
TOKENS_MAX = 8192
"""The most tokens of a text. They are estimated, and the model may read fewer."""

_BYTES_PER_TOKEN = 4
_LATEST = ":latest"


class InputType(StrEnum):
    """What a text is. The prefix that the model expects for it is added."""

    QUERY = "query"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """Texts, and the model by its name. `dimensions` cuts the vectors."""

    model: str
    texts: Sequence[str]
    dimensions: int | None = None
    input_type: InputType | None = None

    def check(self) -> None:
        """Raise InvalidInput for a text that is empty or too long."""
        for position, text in enumerate(self.texts):
            if not text:
                raise refused_text(self, position, "must not be empty")
            if token_estimate(text) > TOKENS_MAX:
                raise refused_text(self, position, f"has more than {TOKENS_MAX:,} tokens; split it")

    def chosen(self, models: Sequence[EmbeddingModel]) -> EmbeddingModel | None:
        """Return the model with this name, best one that has these dimensions; None if none has it.

        Two collections may use one model with different prefixes or dimensions.
        """
        named = [model for model in models if _same_name(model.identity.name, self.model)]
        return max(
            named,
            key=lambda model: (model.identity.dimensions == self.dimensions, model.id),
            default=None,
        )

    def cut(self, model: EmbeddingModel) -> int | None:
        """Return what the model's vectors are cut to, None for whole ones; raises InvalidInput."""
        if self.dimensions is None:
            return model.identity.dimensions
        if self.dimensions != model.dimensions:
            check_cut(model.identity.name, self.dimensions)
        return self.dimensions

    def as_read_by(self, model: EmbeddingModel) -> Sequence[str]:
        """Return the texts with the prefix of their type."""
        match self.input_type:
            case InputType.QUERY:
                prefix = model.identity.query_prefix
            case InputType.DOCUMENT:
                prefix = model.identity.document_prefix
            case None:
                prefix = ""
        return [prefix + text for text in self.texts] if prefix else self.texts


def refused_text(request: EmbeddingRequest, position: int, message: str) -> InvalidInput:
    """Return the error of one of the texts."""
    path = ("input", position) if len(request.texts) > 1 else ("input",)
    return InvalidInput(FieldError(path, message))


def token_estimate(text: str) -> int:
    """Return a rough number of tokens, fast enough for many long texts."""
    return 1 + len(text.encode()) // _BYTES_PER_TOKEN


def _same_name(a: str, b: str) -> bool:
    return a.removesuffix(_LATEST) == b.removesuffix(_LATEST)
