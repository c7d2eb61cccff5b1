"""When to say that nothing was found, instead of asking a model."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.refs import DocumentRef


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was looked for, and the nearest documents with their titles."""

    looked_for: Sequence[str]
    nearest: Sequence[tuple[DocumentRef, str | None]]


def refusal_sentence(refusal: Refusal) -> str:
    """Return the answer of a question that is refused."""
    words = ", ".join(refusal.looked_for)
    found = f" Looked for: {words}." if words else ""
    return f"I found nothing in the documents about this.{found}"
