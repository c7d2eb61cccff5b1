"""Imports: what was received, and how many of the documents are ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.domain.reasons import FailureKind
from shared.domain.refs import Collection, Tenant

COLLECTIONS_MAX = 20
"""An import into more collections is shown only to who may write to all."""
RECEIVING_SECONDS = 30.0
"""A request that has not said for so long that it still receives is gone with its process."""
QUIET_SECONDS = 5.0
"""An import that its client has named ends so long after its last request: more may follow."""
KEEP_DAYS = 7


class ImportState(StrEnum):
    """How far an import is."""

    RECEIVING = "receiving"
    """A request of it is open, or another one may follow."""
    EMBEDDING = "embedding"
    """All of its requests have ended, and some of its documents are pending."""
    DONE = "done"
    """None of its documents is pending."""
    STOPPED = "stopped"
    """As DONE, but a request broke off or ended early, and none has begun since."""


@dataclass(frozen=True, slots=True)
class ImportRejection:
    """A line that was rejected, `number` of its import. Each request counts its lines from 1.

    A file has no line, and its name as id.
    """

    number: int
    request: int
    line: int | None
    id: str | None
    error: str


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """A file that could not be read, or a document that could not be embedded."""

    kind: FailureKind
    collection: Collection
    id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Import:
    """An import. `accepted` counts the documents that it changed, `bytes` those of its requests.

    `pending` and `failed` are those of its documents that no later write has changed again, and
    `deleted` those that were deleted before they were ready. A file counts as one, however many
    documents it has.
    `collections` are empty for one into more than COLLECTIONS_MAX.
    """

    key: int
    tenant: Tenant
    id: UUID
    collections: Sequence[Collection]
    is_in_many_collections: bool
    accepted: int
    unchanged: int
    rejected: int
    skipped: int
    vectors_used: int
    bytes: int
    pending: int
    failed: int
    deleted: int
    is_receiving: bool
    broke_off: bool
    started_at: datetime
    ended_at: datetime | None

    @property
    def state(self) -> ImportState:
        if self.is_receiving:
            return ImportState.RECEIVING
        if self.ended_at is None:
            return ImportState.EMBEDDING
        return ImportState.STOPPED if self.broke_off else ImportState.DONE

    @property
    def ready(self) -> int:
        """How many of the accepted documents became ready, or belong to a later write."""
        return max(0, self.accepted - self.pending - self.failed - self.deleted)

    @property
    def collection(self) -> str | None:
        """The name of the collection, if there is one only."""
        return self.collections[0].name if len(self.collections) == 1 else None
