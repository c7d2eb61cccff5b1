"""What was found for a question."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.answers.sources import Passage
from shared.domain.embedding.vectors import Vector


@dataclass(frozen=True, slots=True)
class Evidence:
    """The passages, the best first, and the question's vector, None if no model made one."""

    passages: Sequence[Passage]
    vector: Vector | None
