"""The result of a bulk import."""

from dataclasses import dataclass, field, replace

REJECTIONS_KEPT = 1000


REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Rejection:
    """A line that can't be a document: its number from 1, its id if it has one, and why."""

    line: int
    id: str | None
    error: str


@dataclass(slots=True)
class BulkReport:
    """What became of an import; of the rejections the first REJECTIONS_KEPT are kept."""

    accepted: int = 0
    unchanged: int = 0
    rejected_count: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def reject(self, rejection: Rejection) -> None:
        """Count a bad line."""
        self.rejected_count += 1
        if len(self.rejected) < REJECTIONS_KEPT:
            short = rejection.error[:REASON_CHARACTERS]
            self.rejected.append(replace(rejection, error=short))
