"""Failures on the wire."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.operations.failures import COUNTED_MAX, FailureGroup, Failures
from shared.domain.reasons import FailureKind


class FailureExampleOut(BaseModel):
    """A document, or a file, that failed."""

    collection: str = Field(description="Its collection.", examples=[DEFAULT_COLLECTION])
    id: str = Field(description="Its id.", examples=["readme"])


class FailureGroupOut(BaseModel):
    """All documents, or all files, that failed for the same reason and are not tried again."""

    kind: FailureKind = Field(
        description="`document`: it could not be embedded. `file`: it could not be read."
    )
    reason: str = Field(description="What went wrong, as a word.", examples=["too_long"])
    meaning: str | None = Field(
        description="What went wrong, as a sentence; null if this version does not know it.",
        examples=["The model server rejects this text."],
    )
    count: int = Field(description="How many failed.", examples=[3])
    newest_at: datetime = Field(description="When the last of them failed.")
    retry_may_help: bool = Field(
        description="Whether the same text or file may succeed if it is tried again. Otherwise "
        "change the text, the file or the model first.",
        examples=[False],
    )
    examples: list[FailureExampleOut] = Field(description="Up to five, the newest first.")

    @classmethod
    def of(cls, group: FailureGroup) -> Self:
        """Return a group on the wire."""
        examples = [
            FailureExampleOut(collection=each.collection.name, id=each.id)
            for each in group.examples
        ]
        return cls(
            kind=group.kind,
            reason=group.reason,
            meaning=group.meaning,
            count=group.count,
            newest_at=group.newest_at,
            retry_may_help=group.retry_may_help,
            examples=examples,
        )


class FailuresOut(BaseModel):
    """What failed, by reason, the most frequent first."""

    items: list[FailureGroupOut] = Field(description="The reasons, the most frequent first.")
    complete: bool = Field(
        description="Whether all failures were counted. If not, each count is a lower bound, and "
        "`newest_at` and the examples are the newest of those that were counted.",
        examples=[True],
    )
    counted_max: int = Field(
        description="At most this many failures of each kind are counted.",
        examples=[COUNTED_MAX],
    )

    @classmethod
    def of(cls, failures: Failures) -> Self:
        """Return failures on the wire."""
        items = [FailureGroupOut.of(group) for group in failures.groups]
        return cls(items=items, complete=failures.complete, counted_max=COUNTED_MAX)
