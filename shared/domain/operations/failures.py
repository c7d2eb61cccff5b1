"""What failed and has no retry scheduled, grouped by reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.files.file import MAY_PASS, QUOTA_EXCEEDED
from shared.domain.files.parts import FileErrorCode
from shared.domain.reasons import Explained, FailureKind, RejectionCode
from shared.domain.refs import DocumentRef

COUNTED_MAX = 10_000
"""At most this many failures of each kind are counted. One more tells that there are more."""
EXAMPLES = 5

_QUOTA = "The tenant had no room for the documents of the file."


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """All that failed for a reason, with the newest as examples."""

    kind: FailureKind
    reason: str
    count: int
    newest_at: datetime
    examples: Sequence[DocumentRef]

    @property
    def meaning(self) -> str | None:
        """The reason in a sentence; None if a newer version of Inkdex knows it."""
        known: list[Explained] = [*RejectionCode, *FileErrorCode]
        if self.reason == QUOTA_EXCEEDED:
            return _QUOTA
        return next((each.meaning for each in known if each == self.reason), None)

    @property
    def retry_may_help(self) -> bool:
        """Whether the same text or file may succeed if it is tried again."""
        return self.reason in MAY_PASS


@dataclass(frozen=True, slots=True)
class Failures:
    """The groups, the largest first; `complete` is False if there is more than was looked at."""

    groups: Sequence[FailureGroup]
    complete: bool
