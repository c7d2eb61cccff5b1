"""The base of all answers."""

from typing import Self

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Part of an answer. Unknown fields are kept, so that a newer server breaks nothing."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, protected_namespaces=())

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Read an answer's body."""
        return cls.model_validate_json(raw)
